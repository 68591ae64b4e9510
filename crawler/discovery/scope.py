"""What of an agency's hosts is probed, and how urgent its pages are. Pure. Not here: which hosts those are (`claims.hosts`)."""

from __future__ import annotations

import re

from claims.hosts import declared_hosts
from claims.model import Agency
from claims.persian import fold
from crawler.jobs import RANK_CATALOGUE, RANK_DESK, RANK_PAGE
from web.links import Link
from web.urls import origin

# Words of link texts and paths; they decide the order of visits, never a verdict.
_DESK = re.compile(
    r"میز خدمت|پیشخوان|فهرست خدمات|لیست خدمات|خدمات الکترونیک|شناسنامه خدمت|جزییات خدمت|خدمت(?:\s|$)|خدمات|e-?services?|services?\b|service-?desk"
)
_CATALOGUE = re.compile(r"داده ?(?:های )?(?:باز|کاوی)|مجموعه داده|open-?data|catalog(?:ue)?\b|datasets?\b")
_ACTION = re.compile(
    r"ورود به سامانه|ورود به درگاه|ثبت درخواست|ثبت ?نام|درخواست|پیگیری|رهگیری|پرداخت|استعلام|شروع خدمت|دریافت خدمت|ادامه|apply|request|track|submit|start|login|sign ?in|pay\b"
)


_SITE_MAP = re.compile(r"نقشه (?:سایت|تارنما|وبگاه|پرتال|درگاه)|site ?map")
_CARD = re.compile(r"شناسنامه|service card")
_DATA_FILE = re.compile(
    r"\.(?:csv|tsv|xlsx?|ods|json|geojson|xml|rdf|ttl|jsonld|zip|gz|pdf|docx?)$", re.IGNORECASE
)
_DOWNLOAD = re.compile(r"دانلود|بارگیری|دریافت فایل|دریافت پرونده|download|export|csv|excel|اکسل|json")


def host_probes(agency: Agency) -> tuple[str, ...]:
    """http:// and https:// of each declared host, and the origin of a portal on a port of its own."""
    probes = [f"{scheme}://{name}/" for name in declared_hosts(agency) for scheme in ("http", "https")]
    probes += [f"{origin(entry)}/" for entry in (agency.portal, *agency.hosts) if "://" in entry]
    return tuple(dict.fromkeys(probes))


def notices(agency: Agency) -> tuple[str, ...]:
    """Where each declared host would say whom to tell of a weakness (RFC 9116)."""
    return tuple(f"https://{name}/.well-known/security.txt" for name in declared_hosts(agency))


def rank_of(link: Link) -> int:
    """How urgent a page of the agency is, by its link."""
    text = fold(link.text[:200]) + " " + link.url[-80:].lower()
    if _DESK.search(text):
        return RANK_DESK
    if _CATALOGUE.search(text):
        return RANK_CATALOGUE
    return RANK_PAGE


def names_catalogue(link: Link) -> bool:
    """Whether a link says that it leads to open data."""
    return _CATALOGUE.search(f"{fold(link.text[:200])} {link.url[-80:].lower()}") is not None


def is_action(link: Link) -> bool:
    """Whether a link of a claimed page may lead on into the service."""
    return _ACTION.search(fold(link.text[:200])) is not None


def is_site_map(link: Link) -> bool:
    """Whether a link leads to the portal's page of all its pages."""
    return _SITE_MAP.search(fold(link.text[:200])) is not None


def is_card_file(link: Link) -> bool:
    """Whether a link leads to a PDF that its words call the card of a service."""
    return _CARD.search(fold(link.text[:200])) is not None and link.url.partition("?")[0].lower().endswith(
        ".pdf"
    )


def is_data_file(link: Link) -> bool:
    """Whether a link of a dataset's page may be the dataset itself."""
    return (
        _DATA_FILE.search(link.url.partition("?")[0]) is not None
        or _DOWNLOAD.search(fold(link.text[:200])) is not None
    )
