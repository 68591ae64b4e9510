"""A round in which every text that anybody from outside can set is hostile: sheets, findings, evidence, replies.

What the checks observe is taken from the stored findings, so that every kind of value is there in the shape in which the
checks leave it; every word in it that is no code of ours is replaced by a hostile text, all of them in turn.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from checks.finding import Finding, Subject
from claims.cells import identifier, text
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.seal import seal
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer, load_or_create
from evidence.store import EvidenceWriter
from tests.govah.stored import FINDINGS
from tests.hostile import HOSTILE, MEGABYTE, storable

NOW = dt.datetime(2025, 12, 1, 8, 30, tzinfo=dt.UTC)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63606060f80f00010401005fe5c34b0000000049454e44ae426082"
)
# What is ours: codes, numbers, hashes, dates; addresses and everything with a blank or a capital is not.
_OURS = re.compile(r"[a-z0-9_.-]*|\d{4}-\d\d-\d\d([T ][\d:.]+(\+00:00|Z)?)?|[\d.:]+")
_USERINFO = re.compile(r"[/\\⁄]{2}[^\s/\\⁄?#]*@")
_TEXTS = [*HOSTILE.values(), MEGABYTE[:6_000]]
Take = Callable[[], str]


def tamed(text: str) -> str:
    """What goes the same way through the program and says nothing; another for every other text."""
    number = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    for start in ("https://", "http://"):
        if text.startswith(start):
            return f"{start}a.test/{number}"
    return f"متن {number}{'ا' * len(text) if len(text) > 4_000 else ''}" if text.strip() else text


def build(folder: Path, tame: bool = False) -> tuple[Path, Path]:
    """The round's folder, its evidence sealed and findings beside it, and the key that sealed it.

    tame: the same round with a harmless text wherever there is a hostile one.
    """
    words = Words(tamed if tame else str)
    round, key = folder / "round", folder / "signer.key"
    round.mkdir(parents=True)
    _sheets(round, words)
    signer = load_or_create(key)
    captures = _evidence(round / "evidence", signer, words)
    findings = sorted(_findings(captures, words), key=lambda finding: finding.id)
    (round / "results").mkdir()
    with (round / "results" / "findings.jsonl").open("w", encoding="utf-8") as file:
        for finding in findings:
            file.write(_line(finding.to_json()) + "\n")
    seal_findings(round / "results", round / "evidence", signer)
    return round, key


class Words:
    """The hostile texts, as they are or tamed. sheets: those that a cell may hold; ids: those that may be an id."""

    def __init__(self, say: Callable[[str], str]) -> None:
        self.say = say
        stored = [storable(one) for one in HOSTILE.values()]
        self.sheets = [say(one) for one in stored if text(one).strip()]
        cut = (re.sub(r'[\s/\\:*?"<>|]', "", one)[:60] for one in stored)
        self.ids = [id if say(id) == id else "" for id in dict.fromkeys(cut) if _is_id(f"c{id}")]
        self.next_cell = itertools.cycle(self.sheets).__next__
        self.next = itertools.cycle([say(one) for one in _TEXTS]).__next__


def _line(told: dict[str, Any]) -> str:
    """Halves of surrogate pairs can only come in as escapes."""
    line = json.dumps(told, ensure_ascii=False)
    return json.dumps(told) if any("\ud800" <= char <= "\udfff" for char in line) else line


def _stored() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FINDINGS.read_text(encoding="utf-8").splitlines()]


def _sheets(round: Path, words: Words) -> None:
    """Every hostile text as name and title; services and datasets are those of the stored findings and more."""
    shown, take, say = words.sheets, words.next_cell, words.say
    (round / "round.toml").write_text(
        f"[round]\nid = 'r'\ntitle = {json.dumps(say(HOSTILE['title end']))}\nvantage = {json.dumps(say(HOSTILE['image']))}\n"
        "as_of = 2025-12-01T00:00:00Z\n[network]\ncontrols = ['https://control.test/']\n[replies]\ndays = 30\n",
        encoding="utf-8",
    )
    portal = "https://www.{}.test/"
    agencies = [(f"b{n}", one, "main" if n % 2 else "executive", portal.format(f"b{n}"), take()) for n, one in enumerate(shown)]  # fmt: skip
    agencies += [(id, take(), "main", portal.format(id), take()) for id in ("mahi", "barg")]
    ids = list(enumerate(words.ids, 10))
    agencies += [(f"c{n}{id}", take(), "executive", portal.format(f"c{n}"), take()) for n, id in ids]  # fmt: skip
    _write(round / "agencies.csv", "agency,name,kind,portal,name_en", agencies)
    subjects = {
        (line["subject"]["kind"], line["subject"]["id"], line["agency"])
        for line in _stored()
        if line["subject"]["kind"] in ("service", "dataset")
    }
    services = [(agency, id, take(), "yes", f"https://{agency}.test/{n}?a={say('<b>')}") for n, (kind, id, agency) in enumerate(sorted(subjects)) if kind == "service"]  # fmt: skip
    services += [("b0", f"s{n}", one, "yes", "") for n, one in enumerate(shown)]
    services += [("b1", f"t{n}{id}", take(), "yes", "") for n, id in ids]
    _write(round / "services.csv", "agency,service,title,electronic,url", services)
    datasets = [(agency, id, take(), f"https://{agency}.test/{n}.csv", take(), take()) for n, (kind, id, agency) in enumerate(sorted(subjects)) if kind == "dataset"]  # fmt: skip
    _write(round / "datasets.csv", "agency,dataset,title,url,licence,format", datasets)
    declared = [("mahi", "S08", "0.9", one) for one in shown[:1]] + [("barg", "S08", "0.5", shown[1])]
    _write(round / "declarations.csv", "agency,indicator,value,document", declared)
    verdicts = [(row[1], "contradicted", take(), "2025-11-01", take()) for row in services]
    _write(round / "verdicts.csv", "subject,verdict,auditor,date,note", verdicts)
    replies = [(f"r{n}", row[0], row[1], "2025-12-02", take()[:150], "explains", take()) for n, row in enumerate(services) if row[0] in ("mahi", "barg")]  # fmt: skip
    _write(round / "replies.csv", "reply,agency,subject,date,by,stance,text", replies)


def _is_id(text: str) -> bool:
    try:
        return identifier(text) == text
    except ValueError:
        return False


def _write(path: Path, heading: str, rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heading.split(","))
        writer.writerows([_admitted(cell) for cell in row] for row in rows)


def _admitted(cell: str) -> str:
    """What a sheet may hold: neither a zero byte nor the name and password of an address."""
    return _USERINFO.sub("//", cell.replace("\x00", ""))


def _evidence(folder: Path, signer: Signer, words: Words) -> dict[str, list[tuple[str, ...]]]:
    """By agency, ids of (answer, page) for every hostile text, which stands in headers, address, title, selector and body."""
    ids = (f"00000000-0000-4000-8000-{n:012d}" for n in itertools.count(1))
    made: dict[str, list[tuple[str, ...]]] = {"mahi": [], "barg": []}
    with EvidenceWriter.open(
        folder,
        vantage=words.say(HOSTILE["image"]),
        now=lambda: NOW,
        new_id=lambda: next(ids),
        plan={},
        signer=signer,
    ) as writer:
        for agency, (n, one) in itertools.product(made, enumerate(map(storable, _TEXTS))):
            one = words.say(one)
            raw, line = one.encode(), one.replace("\r", " ").replace("\n", " ")[:60_000].encode()
            address = f"https://www.{agency}.test/{n}/" + one[:20_000]
            latin = line.decode("latin-1")
            fields: dict[str, Any] = {
                "agency": agency,
                "url": address,
                "purpose": "claim",
                "attempt": 1,
                "time": NOW,
            }
            answer = writer.add(
                kind="http",
                facts=HttpFacts("GET", 404, latin, (("X-A", latin), ("Content-Type", "text/html; charset=utf-8")), None, detail=latin, redirect=address, size=len(raw)),
                request=b"GET / HTTP/1.1\r\n\r\n",
                response=b"HTTP/1.1 404 " + line + b"\r\nX-A: " + line + b"\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + raw,
                **fields,
            )  # fmt: skip
            page = writer.add(
                kind="page", facts=PageFacts(404, address, one, True, None, console=(one[:9_000],)), body=raw, **fields
            )  # fmt: skip
            facts = ScreenshotFacts(page.id, "image/png", 1, 1, True, ((one, 0, 0, 0, 1, 1),))
            writer.add(kind="screenshot", facts=facts, body=PNG, **fields)
            measured = AccessibilityFacts(404, address, True, None)
            writer.add(kind="accessibility", facts=measured, body=b"{}", **fields)
            made[agency].append((answer.id, page.id))
    seal(folder, signer=signer, now=lambda: NOW, round_id="r", software={}, coverage={})
    return made


def _findings(captures: dict[str, list[tuple[str, ...]]], words: Words) -> Iterator[Finding]:
    take, long = words.next, words.say(MEGABYTE)
    places = {agency: itertools.cycle(own) for agency, own in captures.items()}
    kinds = set()
    for number, line in enumerate(_stored()):
        kind, id = line["subject"]["kind"], line["subject"]["id"]
        if kind in ("link", "page"):  # no two findings are about one address
            id = f"https://www.mahi.test/{number}/{take()[:20_000]}"
        subject = Subject(kind, id, take()[:20_000] if line["subject"]["url"] else None)
        told = Finding.from_json(line | {"subject": {"kind": kind, "id": id, "url": subject.url}})
        observed = _replaced(line["observed"], take) | {"excerpt": take(), "selector": take()}
        if kind not in kinds:  # one of a megabyte for each kind of subject
            kinds.add(kind)
            observed |= {"excerpt": long, "titles": [long, {"a": long}]}
        yield Finding(
            told.agency, subject, told.check, told.check_version, told.verdict, told.reason, observed,
            next(places[told.agency]) if told.captures else (), told.attempts, told.criterion, told.effect,
        )  # fmt: skip


def _replaced(value: Any, take: Take) -> Any:
    if isinstance(value, str):
        return value if _OURS.fullmatch(value) else take()
    if isinstance(value, list):
        return [_replaced(item, take) for item in value]
    if isinstance(value, dict):
        return {key if _OURS.fullmatch(key) else take(): _replaced(item, take) for key, item in value.items()}
    return value
