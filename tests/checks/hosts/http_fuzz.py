"""Damages header blocks, has the crawl's own reader take them from the wire, and holds the judge to what they still say.

`python tests/checks/hosts/http_fuzz.py 20000 [SEED]`. A block is a status line and some header lines of the table of HTTP cases,
changed at random and read in pieces of any size, as the answer of a host over https or over http.

What the damaged bytes still say is read here once more, apart from the product and strictly by line and character:
- Without a whole head, with another status than the portal's own, or after a failure before the first byte of a body the
  host is not judged by it at all.
- Else HSTS, framing, sniffing, referrers, content policy and sessions are told exactly as the bytes have them, and
  every problem is one that they have.
- The value of no cookie is told.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from checks.case import Case, Shared
from checks.hosts.http import HttpLook, http_look
from claims.model import Agency, Round, Settings
from crawler.jobs import ExchangeLimits, Job
from crawler.wire.connection import HttpConnection
from crawler.wire.exchange import Exchange
from evidence.kinds.http import HttpFacts
from evidence.records import Capture, CaptureKind, Evidence
from fixtures.hosts.web_lab import http_cases
from web.entity import entity

NAME = "portal.test"
OPENED = dt.datetime(2025, 12, 1, 8, tzinfo=dt.UTC)
SECONDS = 20  # for one judgement; a hang ends the run
COOKIE = "v4lu3"
BODY = "<!doctype html><html lang=fa><title>x</title><p>سازمان نمونه و خدمات آن</p></html>".encode()
SESSIONS = (
    "phpsessid",
    "jsessionid",
    "asp.net_sessionid",
    "sid",
    "__secure-sid",
    "__host-sessionid",
    "session",
)
REFERRERS = frozenset({
    "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
    "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url",
})  # fmt: skip
TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
STATUSES = (b"200 OK",) * 6 + (b"404 Not Found", b"302 Found", b"301 Moved Permanently", b"403 Forbidden", b"503 x", b"204 x")  # fmt: skip


def lines_of_the_table() -> tuple[bytes, ...]:
    """Header lines that the table's servers send, but those of the framing."""
    found: dict[bytes, None] = {}
    for case in http_cases():
        for answer in case.answers.values():
            head = re.split(rb"\r?\n\r?\n", answer, maxsplit=1)[0]
            for line in re.split(rb"\r?\n", head)[1:]:
                line = line.replace(case.host.encode(), NAME.encode())
                if not line.lower().startswith((b"content-length", b"connection")):
                    found[line] = None
    return tuple(found)


class _Wire(asyncio.Transport):
    """Stands where a socket is; keeps nothing."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 443)})
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


def read(wire: bytes, url: str, sizes: Iterator[int]) -> tuple[HttpFacts, bytes]:
    """(facts, body) as the crawl has them of an answer that comes in pieces and ends with the connection."""
    tape = Exchange(Job("a", url, "home"), ExchangeLimits(), lambda _: None)
    over: list[Exchange] = []
    connection = HttpConnection("", lambda _, done: over.append(done), over.append, lambda _: None)
    transport = _Wire()
    connection.connection_made(transport)
    connection.exchange(tape, b"GET / HTTP/1.1\r\n\r\n")
    at = 0
    while at < len(wire) and not transport.closed and not over:
        size = next(sizes)
        connection.data_received(wire[at : at + size])
        at += size
    connection.connection_lost(None)
    assert over == [tape]
    tape.ended = tape.started
    return tape.facts(None), entity(tape.response) if tape.size else b""


class Memory:
    """The evidence of one answer, twice."""

    opened = OPENED

    vantage = "here"
    also: tuple[Evidence, ...] = ()

    def __init__(self, url: str, facts: HttpFacts, body: bytes) -> None:
        self._captures = [
            Capture(f"c{n}", n, "http", "a", url, OPENED + n * dt.timedelta(minutes=1), "here", "host", n, "", facts)
            for n in (1, 2)
        ]  # fmt: skip
        self._body = body

    def captures(self, agency: str | None = None, kind: CaptureKind | None = None) -> Iterator[Capture]:
        return (c for c in self._captures if agency in (None, c.agency) and kind in (None, c.kind))

    def get(self, capture_id: str) -> Capture:
        return next(capture for capture in self._captures if capture.id == capture_id)

    def body(self, capture_id: str) -> bytes:
        return self._body

    def wire(self, capture_id: str) -> bytes:
        return self._body


def judged(url: str, facts: HttpFacts, body: bytes) -> HttpLook:
    agency = Agency("a", "سازمان", "main", f"https://{NAME}/")
    round = Round(Path("/nonexistent"), Settings("r"), (agency,))
    memory = Memory(url, facts, body)
    return http_look(Case(round, agency, memory, OPENED, Shared(round, memory)), NAME, 443)


class Fuzz:
    """source: of every choice."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._lines = lines_of_the_table()
        self.counts: Counter[str] = Counter()

    def run(self, number: int) -> None:
        for _ in range(number):
            url = f"{self._source.choice(('https', 'https', 'https', 'http'))}://{NAME}/"
            wire = self._damaged(self._block())
            try:
                self._one(url, wire)
            except BaseException:
                sys.stderr.write(f"{url} {wire!r}\n")
                raise

    def _one(self, url: str, wire: bytes) -> None:
        signal.alarm(SECONDS)
        facts, body = read(wire, url, self._sizes())
        look = judged(url, facts, body)
        signal.alarm(0)
        self.counts[f"{url.partition(':')[0]}, {hold(url, wire, facts, look)}"] += 1

    def _sizes(self) -> Iterator[int]:
        most = self._source.choice((1, 7, 100, 5000))
        while True:
            yield self._source.randint(1, most)

    def _block(self) -> bytes:
        source = self._source
        lines = source.sample(self._lines, source.randint(1, 8))
        if source.random() < 0.3:
            lines.append(source.choice(lines))
        ending = b"\n" if source.random() < 0.1 else b"\r\n"
        if source.random() < 0.8:
            lines.append(b"Content-Length: %d" % len(BODY))
        head = ending.join([b"HTTP/1.1 " + source.choice(STATUSES), *lines])
        hints = b"HTTP/1.1 103 Early Hints" + 2 * ending if source.random() < 0.05 else b""
        return hints + head + 2 * ending + BODY

    def _damaged(self, wire: bytes) -> bytes:
        """Most damage is one or two bytes of the head, so that the rest can still be read."""
        source, out = self._source, bytearray(wire)
        for _ in range(source.choice((0, 1, 1, 1, 2, 4))):
            at = source.randrange(max(1, len(out) - len(BODY)))
            way = source.randrange(9)
            if way == 0 and out:
                out[at] ^= 1 << source.randrange(8)
            elif way == 1 and out:
                out[at] = source.randrange(256)
            elif way == 2:
                out[at:at] = source.choice((b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b'"', b";", b",", b":", b"\xa0", b"\x85"))  # fmt: skip
            elif way == 3:
                del out[at : at + source.choice((1, 1, 2, 9))]
            elif way == 4 and source.random() < 0.3:
                del out[at:]
            elif way == 5:
                out[at:at] = b"\r\n" + source.choice(self._lines) + b"\r\n"
            elif way == 6:
                out[at:at] = source.choice(self._lines)[: source.randrange(40)]
            elif way == 7:
                out[at : at + 1] = out[at : at + 1].swapcase()
            else:
                out[at:at] = bytes(source.randrange(256) for _ in range(source.randint(1, 4)))
        return bytes(out)


# A reading of answers of its own.


def hold(url: str, wire: bytes, facts: HttpFacts, look: HttpLook) -> str:
    """What became of the answer, in a word. Fails where the judge says what the bytes do not."""
    secure = url.startswith("https:")
    hops = look.facts["https" if secure else "http"]
    status, fields = head_of(wire)
    assert COOKIE not in str(look.facts) or merged(fields)
    own = status is not None and (status < 400 or status in (404, 410))
    cut = facts.failure is not None and facts.truncated is None
    if not hops:
        assert not own or cut or any(name == "cf-mitigated" for name, _ in fields), "silent"
        assert not look.problems and look.facts["policies"] is None and look.facts["hsts"] is None
        return "not judged"
    assert own and hops[0] == [status, url]
    assert status is not None
    problems = set(look.problems)
    problems -= moved(problems, status, fields)
    if not secure:
        assert problems == ({"http_not_redirected"} if 200 <= status < 300 else set())
        return "judged"
    if "redirect_loop" not in look.problems and not leads(fields, status):
        said = hsts([value for name, value in fields if name == "strict-transport-security"])
        assert problems & {"hsts_missing", "hsts_invalid", "hsts_short"} == said[0]
        assert look.facts["hsts"]["max_age"] == said[1]
    told = {cookie["name"].lower() for cookie in look.facts["cookies"]}
    assert bool(told) == ("insecure_cookie" in problems)
    open_to_all = sessions([value for name, value in fields if name == "set-cookie"]) if status < 400 else {}
    assert {name for name in told if name in SESSIONS} == open_to_all.keys() & set(SESSIONS)
    assert told <= open_to_all.keys()
    assert problems <= {"hsts_missing", "hsts_invalid", "hsts_short", "insecure_cookie"}
    if (policies := look.facts["policies"]) is None:
        assert status != 200 or leads(fields, status)
        return "judged, without policies"
    hold_policies(fields, policies)
    return "judged"


def merged(fields: list[tuple[str, str]]) -> bool:
    """Whether the damage made the value of a cookie a part of a name or of another field."""
    return any(
        COOKIE in (value.partition("=")[0] if name == "set-cookie" else value) for name, value in fields
    )


def moved(problems: set[str], status: int, fields: list[tuple[str, str]]) -> set[str]:
    """Problems of where the answer leads, of those that are told."""
    told = problems & {"https_downgrade", "redirect_loop"}
    assert not told or leads(fields, status)
    if "https_downgrade" in told:
        targets = "".join(value for name, value in fields if name in ("location", "refresh"))
        assert "http:" in re.sub("[\t\r\n]", "", targets).lower()
    return told


def leads(fields: list[tuple[str, str]], status: int) -> bool:
    """Whether the answer may lead somewhere."""
    names = {name for name, _ in fields}
    return "refresh" in names or (status in (301, 302, 303, 307, 308) and "location" in names)


def head_of(wire: bytes) -> tuple[int | None, list[tuple[str, str]]]:
    """(status, fields) of the final answer; None where no whole head came."""
    while True:
        ends = [at for mark in (b"\n\r\n", b"\n\n") if (at := wire.find(mark)) >= 0]
        if not ends or wire[:5].upper() != b"HTTP/":
            return None, []
        end = min(ends)
        lines = [line.removesuffix(b"\r") for line in wire[:end].split(b"\n")]
        line = re.match(rb"[Hh][Tt][Tt][Pp]/[0-9](\.[0-9])?[ \t]+([0-9][0-9][0-9])([^0-9]|$)", lines[0])
        if line is None:
            return None, []
        status = int(line[2])
        if not (100 <= status < 200 and status != 101):
            break
        wire = wire[end:].removeprefix(b"\n").removeprefix(b"\r").removeprefix(b"\n")
    fields: list[tuple[str, str]] = []
    for line_bytes in lines[1:]:
        text = line_bytes.decode("latin-1")
        if text[:1] in (" ", "\t"):
            if fields:
                fields[-1] = (fields[-1][0], f"{fields[-1][1]} {text}".strip(" \t\r"))
            continue
        name, colon, value = text.partition(":")
        if colon:
            fields.append((name.rstrip(" \t").lower(), value.strip(" \t\r")))
    return status, fields


def hsts(values: list[str]) -> tuple[set[str], int | None]:
    """(problem, seconds) of the field, read character by character."""
    if not values:
        return {"hsts_missing"}, None
    found = directives(values[0].encode("latin-1"))
    age = None
    if found is not None and found.get(b"includesubdomains") is None:
        text = found.get(b"max-age") or b""
        if text and all(48 <= sign <= 57 for sign in text):
            age = min(int(text), 10**12)
    if age is None or len(values) > 1:
        return {"hsts_invalid"}, age
    return ({"hsts_short"} if age < 15_552_000 else set()), age


def directives(text: bytes) -> dict[bytes, bytes | None] | None:
    """None where the grammar is broken or a name comes twice."""
    found: dict[bytes, bytes | None] = {}
    at = 0

    def spaces() -> None:
        nonlocal at
        while at < len(text) and text[at] in b" \t":
            at += 1

    def token() -> bytes:
        nonlocal at
        start = at
        while at < len(text) and text[at] in TOKEN:
            at += 1
        return text[start:at]

    while True:
        spaces()
        name = token().lower()
        value: bytes | None = None
        if name:
            spaces()
            if text[at : at + 1] == b"=":
                at += 1
                spaces()
                if text[at : at + 1] == b'"':
                    at += 1
                    value = b""
                    while text[at : at + 1] != b'"':
                        at += text[at : at + 1] == b"\\"
                        if at >= len(text):
                            return None
                        value += text[at : at + 1]
                        at += 1
                    at += 1
                elif not (value := token()):
                    return None
            if name in found:
                return None
            found[name] = value
        spaces()
        if at >= len(text):
            return found
        if text[at : at + 1] != b";":
            return None
        at += 1


def sessions(values: list[str]) -> dict[str, None]:
    """Names of cookies that browsers take and keep, without Secure or without HttpOnly."""
    found: dict[tuple[str, str, str], bool] = {}
    for value in values:
        pair, *rest = value.split(";")
        name, equals, content = (part.strip() for part in pair.partition("="))
        flags = {part.partition("=")[0].strip().lower(): part.partition("=")[2].strip() for part in rest}
        age = flags.get("max-age", "")
        ends = int(age) <= 0 if re.fullmatch("-?[0-9]+", age) else is_past(flags.get("expires", ""))
        low = name.lower()
        domain = flags.get("domain", "").removeprefix(".").lower()
        refused = low.startswith(("__secure-", "__host-")) and "secure" not in flags
        refused |= low.startswith("__host-") and ("domain" in flags or flags.get("path") != "/")
        refused |= domain not in ("", NAME, NAME.partition(".")[2])
        if equals and not refused:
            open_to_all = bool(content) and not ends and not {"secure", "httponly"} <= flags.keys()
            found[name, domain, flags.get("path", "")] = open_to_all
    return {name.lower()[:100]: None for (name, _, _), open_to_all in found.items() if open_to_all}


def is_past(text: str) -> bool:
    """Whether a date of a cookie, read sign by sign, is one and over."""
    parts, part = [], ""
    for sign in text + " ":
        if sign in "\t !\"#$%&'()*+,-./;<=>?@[\\]^_`{|}~":
            parts.append(part)
            part = ""
        else:
            part += sign
    known: dict[str, Any] = {}
    for part in filter(None, parts):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        clock = [piece[: len(piece) - len(piece.lstrip("0123456789"))] for piece in part.split(":")[:3]]
        whole = [piece == own for piece, own in zip(part.split(":")[:2], clock[:2], strict=False)]
        if "time" not in known and len(clock) == 3 and all(whole) and all(0 < len(own) < 3 for own in clock):
            known["time"] = [int(own) for own in clock]
        elif "day" not in known and 0 < len(digits) < 3:
            known["day"] = int(digits)
        elif (
            "month" not in known
            and f"-{part[:3].lower()}" in "-jan-feb-mar-apr-may-jun-jul-aug-sep-oct-nov-dec"
        ):
            if len(part) < 3:
                continue
            known["month"] = "janfebmaraprmayjunjulaugsepoctnovdec".index(part[:3].lower()) // 3 + 1
        elif "year" not in known and 1 < len(digits) < 5:
            year = int(digits)
            known["year"] = year + (1900 if 69 < year < 100 else 2000 if year < 70 else 0)
    try:
        hour, minute, second = known["time"]
        ends = dt.datetime(known["year"], known["month"], known["day"], hour, minute, second, tzinfo=dt.UTC)
    except (KeyError, ValueError):
        return False
    return ends.year > 1600 and ends <= OPENED


def hold_policies(fields: list[tuple[str, str]], told: dict[str, Any]) -> None:
    def values(name: str) -> list[str]:
        return [value for key, value in fields if key == name]

    kinds = ",".join(values("x-content-type-options")).split(",")
    assert told["sniffing_off"] == (kinds[0].strip().lower() == "nosniff")
    known = [word.strip().lower() for word in ",".join(values("referrer-policy")).split(",")]
    named = [word for word in known if word in REFERRERS]
    assert told["referrer_policy"] == (named[-1] if named else None)
    assert told["content_policy_tried"] == bool(values("content-security-policy-report-only"))
    policies = [read_policy(text) for text in ",".join(values("content-security-policy")).split(",")]
    policies = [policy for policy in policies if policy]
    assert (told["content_policy"] is None) == (not policies)
    if policies:
        runs = [all(inline(policy, kind) for policy in policies) for kind in ("elem", "attr")]
        assert told["content_policy"]["inline"] == any(runs)
    ancestors = [policy["frame-ancestors"] for policy in policies if "frame-ancestors" in policy]
    if not ancestors:
        options = {word.strip().lower() for word in ",".join(values("x-frame-options")).split(",")}
        barred = "deny" in options or (len(options) > 1 and bool(options & {"sameorigin", "allowall"}))
        expected = "nobody" if barred else "same_origin" if options == {"sameorigin"} else "anybody"
        assert told["framing"] == expected
    elif len(ancestors) == 1:
        assert (told["framing"] == "nobody") == (not {word.lower() for word in ancestors[0]} - {"'none'"})
    assert all(len(banner["value"]) <= 100 for banner in told["banners"])


def read_policy(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in text.split(";"):
        if words := part.split():
            found.setdefault(words[0].lower(), words[1:])
    return found


def inline(policy: dict[str, list[str]], kind: str) -> bool:
    if "sandbox" in policy and "allow-scripts" not in [word.lower() for word in policy["sandbox"]]:
        return False
    for name in (f"script-src-{kind}", "script-src", "default-src"):
        if name in policy:
            words = [word.lower() for word in policy[name]]
            cancels = [
                word for word in words if re.fullmatch("'(nonce|sha256|sha384|sha512)-[a-z0-9+/=_-]+'", word)
            ]
            return "'unsafe-inline'" in words and not cancels and "'strict-dynamic'" not in words
    return True


def main() -> int:
    number, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1404
    stop: Callable[[int, Any], None] = lambda *_: sys.exit("a judgement hung")  # noqa: E731
    signal.signal(signal.SIGALRM, stop)
    fuzz = Fuzz(random.Random(seed))
    fuzz.run(number)
    for what, count in sorted(fuzz.counts.items()):
        sys.stdout.write(f"{count:6} {what}\n")
    sys.stdout.write(f"{sum(fuzz.counts.values())} judged, seed {seed}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
