"""Nothing that the desk or the worklist gives tells what the program found of a case that is still to be judged.

Two rounds differ in what was found of the drawn services alone. Whoever reads everything that is given must get the same
bytes from both: then no attacker, however clever, does better than chance. Where the draw itself is new, an attacker with
features of all that is handed out is held against one who guesses.
"""

from __future__ import annotations

import datetime as dt
import html
import itertools
import os
import random
import re
import shutil
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from checks.finding import Finding, Subject
from evidence import reply_ledger
from evidence.canonical import canonical
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.seal import seal
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer, load_or_create
from evidence.store import EvidenceWriter
from tests import command_server
from tests.depth import tries
from tests.govah import stored
from tests.reports.desk.rounds import OPENED, Client, png, score, served, verdicts_in

pytestmark = [pytest.mark.processes, pytest.mark.sockets]

AGENCIES = [f"a{n:02}" for n in range(12)]
SERVICES = [f"{agency}-{n}" for agency in AGENCIES for n in range(6)]
DRAWN = [s for s in SERVICES if s[-1] in "01" and s[:3] < "a09"]
OTHER = {"verified": "contradicted", "contradicted": "verified"}
CHECKS = ("services.entry", "services.login", "services.card", "services.crosscheck")
Answers = dict[str, tuple[int, bytes]]


def outcomes(seed: int = 1) -> dict[str, str]:
    chance = random.Random(seed)
    return {service: chance.choice(["verified", "contradicted"]) for service in SERVICES}


def swapped(found: Mapping[str, str]) -> dict[str, str]:
    return {s: OTHER[word] if s in DRAWN else word for s, word in found.items()}


def findings(found: Mapping[str, str]) -> Iterator[Finding]:
    """What a crawl says of services of either kind, in all ways that it differs: checks, captures, links, words."""
    for service, word in found.items():
        agency, url = service[:3], f"http://{service[:3]}.test/{service}"
        good = word == "verified"
        reason, captures = (
            ("transaction_entry", (f"h-{service}", f"p-{service}"))
            if good
            else ("dead_link", (f"h-{service}",))
        )

        def one(
            kind: str, id: str, check: str, word: str, reason: str | None, url: str = url, **more: object
        ) -> Finding:
            subject = Subject(kind, id, url)  # type: ignore[arg-type]
            return Finding(agency, subject, check, 1, word, reason, more, captures, 2, "service_entry")  # type: ignore[arg-type] # noqa: B023

        first, met = f"{agency}-0", f"http://{agency}.test/behind/{service}"
        rival = {"parts": [{"part": "rival", "text": first}]} if found[first] == "verified" else {}
        text = "فرم" if good else "یافت نشد"
        seen = {"url": met if good else url, "excerpt": text}
        about = Subject("service", service, url)
        yield Finding(agency, about, "services.entry", 1, word, reason, seen | rival, captures, 2, "service_entry")  # type: ignore[arg-type] # fmt: skip
        if good:
            yield one("service", service, "services.card", "verified", None)
            yield one("page", met, "mobile.text", "contradicted", None, url=met)
        else:
            yield one("link", url, "links.target", "contradicted", "not_found", text="خدمت")
            yield one("page", url, "accessibility.page", "contradicted", None, url=url)
    for agency in AGENCIES:
        url = f"http://{agency}.test/"
        gone = [s for s in SERVICES if s.startswith(agency) and found[s] == "contradicted"]
        silent = {"silent": [f"http://{agency}.test/{s}" for s in gone]}
        yield Finding(agency, Subject("agency", agency, url), "services.availability", 1, "partial" if gone else "verified", None, silent, tuple(f"h-{s}" for s in gone), 1, None)  # type: ignore[arg-type] # fmt: skip
        yield Finding(agency, Subject("element", "desk.entries", url), "desk.entries", 1, "verified", None, {"dead": gone}, tuple(f"h-{s}" for s in gone), 1, None)  # type: ignore[arg-type] # fmt: skip
        # about no service, and on pages of several: what is withheld of them is shown of none
        yield Finding(agency, Subject("element", "elements.faq", url), "elements.faq", 1, "verified", None, {}, tuple(f"h-{s}" for s in SERVICES if s.startswith(agency)), 1, None)  # type: ignore[arg-type] # fmt: skip
        yield Finding(agency, Subject("element", "elements.search", url), "elements.search", 1, "verified", None, {}, (), 1, None)  # type: ignore[arg-type] # fmt: skip


def made(folder: Path) -> Path:
    round = folder / "round"
    (round / "results").mkdir(parents=True)
    (round / "round.toml").write_text('[round]\nid = "r"\nvantage = "v"\nlanguage = "fa"\n', encoding="utf-8")
    rows = "".join(f"{a},دستگاه {a},Agency {a},main,http://{a}.test/\n" for a in AGENCIES)
    (round / "agencies.csv").write_text("agency,name,name_en,kind,portal\n" + rows, encoding="utf-8")
    rows = "".join(f"{s[:3]},{s},خدمت {s},yes,http://{s[:3]}.test/{s},transaction\n" for s in SERVICES)
    (round / "services.csv").write_text(
        "agency,service,title,electronic,url,level\n" + rows, encoding="utf-8"
    )
    evidence(round / "evidence", load_or_create(stored.key(folder / "signer.key")))  # decides what is drawn
    return round


def evidence(folder: Path, signer: Signer) -> None:
    """Of each service an exchange, a page and a picture, whatever was found of it."""
    names = itertools.chain.from_iterable((f"h-{s}", f"p-{s}", f"i-{s}") for s in SERVICES)
    with EvidenceWriter.open(
        folder, vantage="v", now=lambda: OPENED, new_id=lambda: next(names), plan={}, signer=signer
    ) as writer:
        for service in SERVICES:

            def add(kind: str, facts: object, service: str = service, **more: bytes) -> None:
                writer.add(
                    kind=kind,
                    agency=service[:3],
                    url=f"http://{service[:3]}.test/{service}",
                    purpose="claim",
                    attempt=1,
                    time=OPENED,
                    facts=facts,  # type: ignore[arg-type]
                    **more,
                )

            add("http", HttpFacts("GET", 200, "OK", (), None, size=2), response=b"HTTP/1.1 200 OK\r\n\r\nhi")
            add(
                "page", PageFacts(200, f"http://{service[:3]}.test/{service}", "t", True, None), body=b"<p>hi"
            )
            add("screenshot", ScreenshotFacts(f"p-{service}", "image/png", 80, 60, True), body=png())
    seal(folder, signer=signer, now=lambda: OPENED, round_id="r", software={}, coverage={})


def judge(round: Path, found: Mapping[str, str]) -> Path:
    """Findings, their seal, the scores; and of what was refuted a reply, as agencies give it."""
    signer = load_or_create(round.parent / "signer.key")
    every = sorted(findings(found), key=lambda f: f.id)
    results = round / "results"
    (results / "findings.jsonl").write_text(
        "".join(canonical(f.to_json()) + "\n" for f in every), encoding="utf-8"
    )
    seal_findings(results, round / "evidence", signer)
    for number, service in enumerate(SERVICES):
        if found[service] == "contradicted":
            reply = {"reply": f"r{number}", "agency": service[:3], "subject": service, "date": "2025-12-02",
                     "by": "x", "stance": "disputes", "text": "هست"}  # fmt: skip
            rows = [{"id": f.id, "check": f.check, "before": [f.verdict, f.reason], "after": [f.verdict, f.reason],
                     "seen_before": None, "seen_after": None} for f in every if f.subject.id == service]  # fmt: skip
            reply_ledger.append(
                round, signer, OPENED, "received", service[:3], "u (1)", {"reply": reply, "findings": rows}
            )
    score(round)
    return round


def pair(folder: Path, drawn: bool = True) -> tuple[Path, Path]:
    """Two rounds that differ in what was found of the drawn services."""
    first = made(folder / "one")
    if drawn:
        rows = "".join(
            f"b1,{s},{('random', 'targeted')[int(s[-1])]},{'0.25' if s[-1] == '0' else ''}\n" for s in DRAWN
        )
        (first / "batches.csv").write_text("batch,subject,design,probability\n" + rows, encoding="utf-8")
    shutil.copytree(folder / "one", folder / "two")
    return judge(first, outcomes()), judge(folder / "two" / "round", swapped(outcomes()))


def guesses() -> Iterator[str]:
    """Addresses that somebody who knows the program may try, whether a page leads there or not."""
    made_up = [f for found in (outcomes(), swapped(outcomes())) for f in findings(found)]
    drawn = {s[:3] for s in DRAWN[:: tries(6, 1)]}  # usually of three agencies: the others are made alike
    for finding in {f.id: f for f in made_up if f.agency in drawn}.values():
        yield from (f"/finding/{finding.id}", f"/finding/{finding.id}/visits")
        yield f"/findings?q={finding.id}"
    for service in DRAWN:
        yield from (f"/case/{service}", f"/findings?q={quote(f'خدمت {service}')}", f"/findings?q={service}")
        yield from (
            f"/capture/{kind}-{service}/{what}" for kind in "hpi" for what in ("source", "picture", "replay")
        )
    for agency in AGENCIES:
        yield from (f"/agency/{agency}", f"/findings?agency={agency}")
        for verdict in ("verified", "contradicted"):
            yield f"/findings?agency={agency}&verdict={verdict}"
    for check in CHECKS:
        yield from (f"/findings?check={check}&sort={sort}" for sort in ("", "agency", "reason", "subject"))
    yield from (f"/findings?reply={state}" for state in ("any", "none", "received"))
    yield from (
        "/findings?audited=no",
        "/findings?indicator=E01",
        "/findings?start=50",
        "/findings.csv",
        "/retest",
        "/worklist?auditor=a",
    )


def read_all(desk: Client) -> Answers:
    """All that the desk gives: from page to page by every link, and what is guessed."""
    seen: Answers = {}
    waiting = deque(["/?lang=en", "/?lang=fa", *guesses()])
    while waiting and len(seen) < tries(650, 1500):
        path = waiting.popleft()
        if path in seen:
            continue
        answer = desk.get(path)
        body = re.sub(rb"[0-9a-f]{64}", b"", answer.body)  # the mark of the session
        seen[path] = answer.status, body
        if "text/html" in answer.headers.get("content-type", ""):
            for link in re.findall(r'(?:href|src)="(/[^"]*)"', answer.text):
                to = urlsplit(html.unescape(link))
                if "lang=" not in to.query:
                    waiting.append(to.path + (f"?{to.query}" if to.query else ""))
    return seen


def handed_out(round: Path) -> dict[str, bytes]:
    """What `govah worklist` gives: on the terminal, to scripts, as rows and as sheets to print."""
    environment = {**os.environ, "GOVAH_KEY": str(round.parent / "signer.key"), "GOVAH_LANG": "en"}
    given = {}
    for options in ([], ["--json"], ["--csv"], ["--pages", "--quiet"]):
        done = command_server.govah("worklist", round, *options, env=environment)
        assert done.returncode == 0, done.stderr
        given[" ".join(options)] = done.stdout.replace(str(round), "").encode()
    folder = round / "results" / "worklist"
    return given | {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.thorough
def test_the_desk_and_the_worklist_give_the_same_whatever_was_found(tmp_path: Path) -> None:
    one, two = pair(tmp_path)
    assert handed_out(one) == handed_out(two)
    with served(one, "--auditor", "x") as first, served(two, "--auditor", "x") as second:
        given, other = read_all(first), read_all(second)
    assert {path for path in given if given[path] != other.get(path)} == set()
    assert given.keys() == other.keys() and len(given) > 500
    assert all(given[f"/case/{service}"][0] == 200 for service in DRAWN)
    shown = [s for s in SERVICES if s not in DRAWN]
    assert all(f"خدمت {s}".encode() in b"".join(body for _, body in given.values()) for s in shown)


@pytest.mark.thorough  # of the comparison, not of the desk
def test_whoever_reads_tells_them_apart_where_nothing_is_withheld(tmp_path: Path) -> None:
    """Else the comparison could not fail."""
    one, two = pair(tmp_path, drawn=False)
    with served(one) as first, served(two) as second:
        given, other = read_all(first), read_all(second)
    assert len({path for path in given if given[path] != other.get(path)}) > 50


def test_once_the_batch_is_judged_all_of_it_is_shown(tmp_path: Path) -> None:
    round, _ = pair(tmp_path)
    with served(round, "--auditor", "x") as desk:
        for service in DRAWN:
            assert desk.get(f"/finding/{id_of(service)}").status == 404
            assert desk.send(f"/case/{service}/verdict", verdict="verified", auditor="x").status == 303
        assert all(desk.get(f"/finding/{id_of(service)}").status == 200 for service in DRAWN)
    rows = verdicts_in(round)
    assert {(row.design, row.probability) for row in rows} == {("random", 0.25), ("targeted", None)}


def id_of(service: str) -> str:
    return next(f.id for f in findings(outcomes()) if (f.subject.id, f.check) == (service, "services.entry"))


def features(given: Mapping[str, bytes], service: str) -> list[float]:
    """Of one case, in everything that is handed out: where it stands, how long what is said of it is, how often it is named."""
    found: list[float] = []
    neutral = {
        name: body.replace(service.encode(), b"").replace(service[:3].encode(), b"")
        for name, body in given.items()
        if service in name
    }
    for name in ("", "--json", "--csv", "index.html", "en/index.html", "verdicts.csv"):
        body = given[next(key for key in given if key == name or (key.endswith(f"/{name}") and name))]
        rows = body.split(b"\n")
        at = [n for n, row in enumerate(rows) if service.encode() in row]
        found += [
            float(at[0]),
            float(len(at)),
            float(len(rows[at[0]])),
            float(sum(c in b"0123456789." for c in rows[at[0]])),
        ]
    for suffix in (f"case-{service}.html", f"en/case-{service}.html"):
        body = next(body for key, body in neutral.items() if key.endswith(suffix))
        found += [
            float(len(body)),
            float(body.count(b"<a ")),
            float(body.count(b"<img")),
            float(body.count(b"<li>")),
        ]
    return found


def best_guess(table: list[list[float]], bad: list[bool]) -> float:
    """How far from a half the best single feature tells the two apart, whichever way it points (area under its curve)."""
    best = 0.0
    for column in zip(*table, strict=True):
        pairs = [
            (x, y)
            for x, b in zip(column, bad, strict=True)
            if b
            for y, c in zip(column, bad, strict=True)
            if not c
        ]
        area = sum((x > y) + 0.5 * (x == y) for x, y in pairs) / len(pairs)
        best = max(best, abs(area - 0.5))
    return best


def test_an_attacker_does_no_better_than_chance_on_a_batch_that_was_drawn_anew(tmp_path: Path) -> None:
    """Later batches too: by then what was judged of each outcome moves who is chosen, and with what probability."""
    round = judge(made(tmp_path), outcomes(3))
    for batch in ("b1", "b2"):
        given = handed_out(round)
        cases = [line.split(",")[0] for line in given["--csv"].decode("utf-8-sig").split("\r\n")[1:-1]]
        table = [
            features({k: v for k, v in given.items() if "/" not in k or k.startswith(batch)}, s)
            for s in cases
        ]
        bad = [outcomes(3)[s] == "contradicted" for s in cases]
        assert len(cases) > 20 and 5 < sum(bad) < len(cases) - 5
        reached, chance = best_guess(table, bad), random.Random(7)
        by_chance = [best_guess(table, chance.sample(bad, len(bad))) for _ in range(200)]
        assert sum(one >= reached for one in by_chance) > 10, (batch, reached)
        day = dt.date(2025, 12, 3).isoformat()
        sheet = round / "verdicts.csv"
        rows = "".join(f"{s},{outcomes(3)[s]},x,{day},{batch}\n" for s in cases)
        sheet.write_text(
            (sheet.read_text() if sheet.exists() else "subject,verdict,auditor,date,batch\n") + rows
        )
