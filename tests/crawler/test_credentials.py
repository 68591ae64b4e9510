"""Addresses with a user's name and password, wherever a portal writes one: asked for without them, and kept nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.crawler.conftest import Crawl, Kit, Site, answer

pytestmark = pytest.mark.sockets

MARK = "PASSMARK"
WITH = f"http://visitor:{MARK}@a.test"
HOME = f"""<!doctype html><title>a</title>
<a href="{WITH}/link">a link</a><a href="http:{WITH[5:]}/no-scheme">one</a><a href="http:\\\\x:{
    MARK
}%40@a.test/slashes">two</a>
<a href="//:{MARK}@a.test/password-alone">three</a><a href="//{MARK}@a.test/name-alone">four</a>
<a href="/based">base</a><a href="/redirects">redirects</a><a href="/refreshes">refreshes</a><a href="/with-base">page</a>
<iframe src="{WITH}/frame"></iframe><img src="{WITH}/picture" srcset="{WITH}/picture-2 2x"><script src="{
    WITH
}/script"></script>
<link rel=stylesheet href="{WITH}/style"><form action="{
    WITH
}/form"><input name=q></form><button onclick="location='{WITH}/pressed'">x</button>
<a href="ftp://visitor:{MARK}@a.test/file">another scheme</a><a href="http://visitor:{
    MARK
}@elsewhere.test/">not ours</a>
<script type="application/ld+json">{
    json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "Dataset",
            "name": "d",
            "distribution": {"@type": "DataDownload", "contentUrl": f"{WITH}/data.csv"},
        }
    )
}</script>
<link rel=alternate type="text/turtle" href="{WITH}/catalogue.ttl">"""
TURTLE = f"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<{WITH}/set> a dcat:Dataset ; dct:title "t" ; dcat:distribution <{WITH}/dist> .
<{WITH}/dist> a dcat:Distribution ; dcat:downloadURL <{WITH}/more.csv> .
<{WITH}/all> a dcat:Catalog ; dcat:dataset <{WITH}/set> ."""
MET = {
    "/link", "/no-scheme", "/slashes", "/password-alone", "/name-alone", "/based", "/frame", "/picture", "/picture-2", "/script",
    "/style", "/css-picture", "/redirected", "/refreshed", "/in-base/below", "/listed", "/catalogue.ttl",
}  # fmt: skip


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Crawl]:
    kit = Kit(tmp_path_factory.mktemp("credentials"))
    robots = f"User-agent: *\nDisallow:\nSitemap: {WITH}/map.xml\n"
    listed = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{WITH}/listed</loc></url></urlset>"
    site = kit.site(
        {
            "/robots.txt": answer(robots, kind="text/plain"),
            "/": answer(HOME),
            "/map.xml": answer(listed, kind="application/xml"),
            "/redirects": answer(status="302 Found", headers=(f"Location: {WITH}/redirected",)),
            "/refreshes": answer("<p>wait", headers=(f"Refresh: 0; url={WITH}/refreshed",)),
            "/with-base": answer(f"<base href='{WITH}/in-base/'><a href=below>below</a>"),
            "/style": answer(f"p {{ background: url({WITH}/css-picture) }}", kind="text/css"),
            "/catalogue.ttl": answer(TURTLE, kind="text/turtle"),
        }
    )
    site.fallback = lambda path, visit: answer(f"<title>{path}</title><p>a page of its own about {path}")
    crawl = kit.crawl(
        site,
        datasets=[{"agency": "a", "id": "d", "title": "d", "url": "http://a.test/data.csv"}],
    )
    crawl.run()
    for one in kit.sites:
        one.close()
    return site, crawl


def test_each_is_asked_for_without_them(crawled: tuple[Site, Crawl]) -> None:
    site, _ = crawled
    assert set(site.paths()) >= MET | {"/map.xml"}


def test_no_request_has_them(crawled: tuple[Site, Crawl]) -> None:
    site, _ = crawled
    for asked in site.asked:
        assert MARK.encode() not in asked.raw and b"@" not in asked.raw
        assert b"authorization" not in asked.raw.lower()


def test_no_address_is_kept_with_them(crawled: tuple[Site, Crawl]) -> None:
    _, crawl = crawled
    for capture in crawl.captures():
        assert MARK not in capture.url, capture.url
        redirect = getattr(capture.facts, "redirect", None)
        assert redirect is None or MARK not in redirect
    assert not any(MARK in url for url in crawl.unfetched())


def test_the_portals_own_answers_are_kept_as_they_came(crawled: tuple[Site, Crawl]) -> None:
    _, crawl = crawled
    home = next(c for c in crawl.captures("a", "http") if c.url == "http://a.test/")
    assert crawl.body(home) == HOME.encode()


def test_the_files_of_a_crawl_are_those_it_made(crawled: tuple[Site, Crawl]) -> None:
    """Beside the archives nothing holds what a portal wrote."""
    _, crawl = crawled
    for path in Path(crawl.folder).rglob("*"):
        if path.is_file() and not path.name.endswith((".warc.gz", ".sqlite", ".db")):
            assert MARK.encode() not in path.read_bytes(), path
