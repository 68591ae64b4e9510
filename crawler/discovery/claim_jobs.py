"""What an agency's claims, and earlier findings about them, ask for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from claims.model import Dataset, Service
from crawler.browser.choice import route_of
from crawler.discovery.job_maker import CLAIMED, JobMaker
from crawler.jobs import RANK_ENTRY, Job
from web.urls import absolute, host, identity


def service_jobs(jobs: JobMaker, services: Iterable[Service]) -> Iterator[Job]:
    """The claimed addresses, then those of the national window."""
    services = tuple(services)
    found = [jobs.claim(service.url, "claim") for service in services]
    found += [jobs.claim(url, "claim") for service in services for url in service.window]
    return (job for job in found if job is not None)


def dataset_jobs(jobs: JobMaker, datasets: Iterable[Dataset]) -> Iterator[Job]:
    found = (jobs.claim(dataset.url, "dataset") for dataset in datasets)
    return (job for job in found if job is not None)


def claimed_routes(services: Iterable[Service]) -> Iterator[tuple[str, str]]:
    """(identity of the page, route) of every claimed address that is a route of a page's own scripts."""
    for service in services:
        for entry in (service.url, *service.window):
            url = absolute(entry, entry) if entry else None
            if url is not None and (route := route_of(url)) is not None:
                yield identity(url), route


def known_jobs(jobs: JobMaker, addresses: Iterable[str]) -> Iterator[Job]:
    """Addresses that findings about a claim rest on, each to be read as an entry of it."""
    for url in addresses:
        job = jobs.make(url, "page" if host(url) in jobs.hosts else "link", RANK_ENTRY, 1)
        job.entry = True
        yield job


def leads_on(job: Job) -> bool:
    """Whether the visit of one claim alone needs it: the claim, its entries and files, hops, second looks, soft answers."""
    return bool(
        job.attempt > 1 or job.entry or job.chain or job.purpose in CLAIMED or job.purpose == "sibling"
    )
