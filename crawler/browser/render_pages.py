"""`python -m crawler.browser.render_pages URL...`: renders pages as a crawl does and tells what each was, one JSON line a page.

To look into what the browser makes of a page, and to measure what it costs. Keeps nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from claims.model import NetworkSettings
from crawler.browser.renderer import RenderedPage, Renderer, find_browser


def _line(page: RenderedPage) -> str:
    facts = page.facts
    told = {
        "url": facts.final_url,
        "status": facts.status,
        "failure": facts.failure,
        "characters": len(page.dom),
        "requests": len(facts.requests),
        "opened": [words for _, _, words in facts.opened],
        "picture": page.screenshot_size,
    }
    return json.dumps(told)


async def _render(executable: Path | None, network: NetworkSettings, urls: list[str], picture: bool) -> int:
    async with Renderer(
        executable=executable, policy_settings=network, user_agent="govah (render_pages)"
    ) as renderer:
        if not renderer.available:
            sys.stderr.write(renderer.reason + "\n")
            return 2
        visits = (renderer.render(url, full_page_screenshot=picture) for url in urls)
        for page in await asyncio.gather(*visits):
            sys.stdout.write(_line(page) + "\n")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m crawler.browser.render_pages", description=__doc__)
    parser.add_argument("urls", nargs="+", metavar="URL")
    parser.add_argument("--browser", help="path or name; default: the one that a crawl finds")
    parser.add_argument("--host", action="append", default=[], metavar="NAME=ADDRESS:PORT")
    parser.add_argument("--picture", action="store_true", help="with pictures and a full-page screenshot")
    parser.add_argument("--allow-private", action="store_true", help="addresses inside this network too")
    given = parser.parse_args()
    hosts = dict(entry.split("=", 1) for entry in given.host if "=" in entry)
    network = NetworkSettings(allow_private=given.allow_private, hosts=hosts)
    return asyncio.run(_render(find_browser(given.browser), network, given.urls, given.picture))


if __name__ == "__main__":
    raise SystemExit(main())
