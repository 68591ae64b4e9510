"""What a first visit of a page asks for and leaves behind: hosts, bytes, cookies, names in the storage.

For pages that are measured. The visit is a fresh one and nothing was clicked, so all of this came before anybody could
agree to it. Names alone are kept of cookies and of the storage, never values. Concludes nothing.

`first_load` gives {"requests": n, "bytes": n, "withheld": n, "failed": n, "hosts": [{"host", "requests", "withheld",
"failed", "bytes", "kinds", "by", "url"}], "hosts_total": n, "cookies": [{"name", "domain", "http_only", "secure",
"lasting"}], "cookies_total": n, "storage": {"local": [...], "session": [...]}, "exceptions": n, "exception_examples":
[...]}, each list sorted and bounded. bytes: of answers that came whole, as they were on the wire, heads included.
withheld: requests that were answered here, for they would have sent something. failed: those that brought no answer.
by: host of the script or page that asked first, as the browser names it: of pictures the page. cookies, storage: None
when they could not be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, CDPSession

from crawler.browser.isolated_world import evaluate, without_errors
from web.urls import host, without_credentials

_MOST_HOSTS = 60
_MOST_COOKIES = 60
_MOST_UNDER_WAY = 2000
_NAME = 80
_URL = 200
# By the prototype: a page may have put something else in the place of `localStorage`.
_STORAGE = """
(() => {
  const names = kind => {
    try {
      const store = Object.getOwnPropertyDescriptor(Window.prototype, kind) || Object.getOwnPropertyDescriptor(window, kind);
      const kept = store.get.call(window), found = [];
      for (let at = 0; at < kept.length && at < 40; at += 1) found.push(String(kept.key(at)).slice(0, 80));
      return found.sort();
    } catch (error) { return []; }
  };
  return {local: names('localStorage'), session: names('sessionStorage')};
})()
"""


@dataclass(slots=True)
class _HostTraffic:
    requests: int = 0
    withheld: int = 0
    failed: int = 0
    bytes: int = 0
    kinds: set[str] = field(default_factory=set)
    by: str = ""
    url: str = ""


class FirstLoadTraffic:
    """Attached to the page before it sets out; read by `first_load` once it rests."""

    def __init__(self) -> None:
        self._hosts: dict[str, _HostTraffic] = {}
        self._under_way: dict[str, str] = {}  # host by id of the request
        self._over = False

    def attend(self, cdp: CDPSession) -> None:
        cdp.on("Network.requestWillBeSent", self._asked)
        cdp.on("Network.loadingFinished", self._finished)
        cdp.on("Network.loadingFailed", self._failed)

    def close(self) -> None:
        """What comes from now on is not of the first load."""
        self._over = True

    def _asked(self, event: dict[str, Any]) -> None:
        request, number = event["request"], str(event["requestId"])
        if self._over or not request["url"].startswith(("http:", "https:")):
            return
        redirect = event.get("redirectResponse")
        if redirect is not None and (known := self._hosts.get(self._under_way.get(number, ""))) is not None:
            known.bytes += _size(redirect)
        name = host(request["url"])[:_URL]
        if name not in self._hosts and len(self._hosts) >= _MOST_HOSTS * 4:
            return
        entry = self._hosts.setdefault(name, _HostTraffic(by=_asker(event), url=_plain(request["url"])))
        if request["method"] in ("GET", "HEAD"):
            entry.requests += 1
            if len(self._under_way) < _MOST_UNDER_WAY:
                self._under_way[number] = name
        else:
            entry.withheld += 1
        entry.kinds.add(str(event.get("type", "Other")).lower()[:20])

    def _finished(self, event: dict[str, Any]) -> None:
        name = self._under_way.pop(str(event["requestId"]), None)
        if name is not None and not self._over:
            self._hosts[name].bytes += _size(event)

    def _failed(self, event: dict[str, Any]) -> None:
        name = self._under_way.pop(str(event["requestId"]), None)
        if name is not None and not self._over and not event.get("canceled"):
            self._hosts[name].failed += 1

    def told(self) -> dict[str, Any]:
        hosts = [
            {
                "host": name,
                "requests": entry.requests,
                "withheld": entry.withheld,
                "failed": entry.failed,
                "bytes": entry.bytes,
                "kinds": sorted(entry.kinds),
                "by": entry.by,
                "url": entry.url,
            }
            for name, entry in sorted(self._hosts.items())
        ]
        return {
            "requests": sum(entry.requests for entry in self._hosts.values()),
            "bytes": sum(entry.bytes for entry in self._hosts.values()),
            "withheld": sum(entry.withheld for entry in self._hosts.values()),
            "failed": sum(entry.failed for entry in self._hosts.values()),
            "hosts": hosts[:_MOST_HOSTS],
            "hosts_total": len(hosts),
        }


async def first_load(
    context: BrowserContext,
    cdp: CDPSession,
    traffic: FirstLoadTraffic,
    exceptions: Sequence[str],
    raised: int,
) -> dict[str, Any]:
    """Of a page at rest. exceptions: the first ones that no script caught; raised: how many there were."""
    traffic.close()
    told = traffic.told()
    cookies = await without_errors(context.cookies(), 1)
    told["cookies"] = None if cookies is None else sorted(map(_cookie, cookies), key=_order)[:_MOST_COOKIES]
    told["cookies_total"] = None if cookies is None else len(cookies)
    storage = await evaluate(cdp, _STORAGE, 1, tries=1)
    told["storage"] = storage if isinstance(storage, dict) else None
    told["exceptions"] = raised
    told["exception_examples"] = [text[:_URL] for text in exceptions[:5]]
    return told


def _cookie(cookie: Any) -> dict[str, Any]:
    return {
        "name": str(cookie.get("name", ""))[:_NAME],
        "domain": str(cookie.get("domain", "")).lstrip(".").lower()[:_URL],
        "http_only": bool(cookie.get("httpOnly")),
        "secure": bool(cookie.get("secure")),
        "lasting": float(cookie.get("expires", -1)) > 0,
    }


def _order(cookie: dict[str, Any]) -> tuple[str, str]:
    return cookie["domain"], cookie["name"]


def _size(event: dict[str, Any]) -> int:
    size = event.get("encodedDataLength", 0)
    return int(size) if isinstance(size, int | float) and 0 < size < 2**40 else 0


def _asker(event: dict[str, Any]) -> str:
    """Host of the script that asked, else of the document."""
    initiator = event.get("initiator") or {}
    frames = (initiator.get("stack") or {}).get("callFrames") or []
    asker = next((frame["url"] for frame in frames if frame.get("url")), None) or initiator.get("url")
    asker = asker or event.get("documentURL") or ""
    return host(asker)[:_URL] if asker.startswith(("http:", "https:")) else ""


def _plain(url: str) -> str:
    """Without what a query, a fragment or a user name may tell of the visitor."""
    return without_credentials(url.partition("?")[0].partition("#")[0])[:_URL]
