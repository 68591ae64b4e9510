"""The stored round: two fictional agencies as they were seen once, sealed, and the findings about them.

Every Python that runs the tests judges this evidence and is held to these bytes. What lies in `data/`:

    stored-round.tar.xz     round files and evidence, without pictures
    stored-findings.jsonl   the findings, in full, so that a change of a rule can be read as a difference
    stored-results.sha256   of results.json without the versions of program and rules

    python -m tests.govah.stored judge    renews findings and results; part of every change of a rule, and reviewed with it
    python -m tests.govah.stored report   judges, scores and reports it as the program is now; says where the report lies
    python -m tests.govah.stored crawl    sees the agencies anew, and judges; needs a browser, and is seldom called for
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.kinds.http import HttpFacts
from evidence.seal import seal
from evidence.signing import findings_seal
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from fixtures.portals.estate import Estate

DATA = Path(__file__).with_name("data")
ROUND = DATA / "stored-round.tar.xz"
FINDINGS = DATA / "stored-findings.jsonl"
RESULTS = DATA / "stored-results.sha256"

# Datasets of every kind; pages that only a browser shows. Both have services, cards, hosts, links, elements.
_AGENCIES = ("mahi", "barg")
_MAX_PAGES = 25


SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the stored round").digest()))
"""What the stored round is sealed with. Everybody can make this key: it is nobody's."""


def unpack(into: Path) -> Path:
    """The folder of the round, without results."""
    with tarfile.open(ROUND) as archive:
        for member in archive:
            if (content := archive.extractfile(member)) is not None:  # no folder
                path = into / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
    return into / "stored-round"


def judged(into: Path) -> Path:
    """The same with the stored findings, sealed."""
    folder = unpack(into)
    (folder / "results").mkdir()
    shutil.copy(FINDINGS, folder / "results" / findings_seal.FINDINGS)
    findings_seal.seal_findings(folder / "results", folder / "evidence", SIGNER)
    return folder


def key(path: Path) -> Path:
    """Writes the key of the stored round; returns where it lies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(SIGNER.private_pem())
    return path


def digest_of_results(path: Path) -> str:
    results = json.loads(path.read_bytes())
    del results["tool"]
    del results["round"]["judged"]  # a word more in a list need not change a finding
    return hashlib.sha256(json.dumps(results, sort_keys=True).encode()).hexdigest()


def judge(round_folder: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GOVAH_KEY": str(key(Path(folder) / "signer.key"))}
        for command in ("check", "score"):
            subprocess.run(
                [sys.executable, "-m", "govah", command, "--quiet", str(round_folder)],
                env=environment,
                check=True,
            )
    FINDINGS.write_bytes((round_folder / "results" / "findings.jsonl").read_bytes())
    RESULTS.write_text(digest_of_results(round_folder / "results" / "results.json") + "\n", encoding="ascii")


def crawl(folder: Path) -> Path:
    """Crawls the two agencies of the estate and packs what was seen, but for the pictures."""
    with Estate(folder) as estate:
        seen = estate.round_folder
        _narrow(seen)
        command = [
            sys.executable,
            "-m",
            "govah",
            "crawl",
            "--quiet",
            "--key",
            str(key(folder / "signer.key")),
            str(seen),
        ]
        subprocess.run(command, check=True)
    kept = folder / "stored-round"
    shutil.copytree(seen, kept, ignore=shutil.ignore_patterns("evidence", "results"))
    _copy_evidence(seen / "evidence", kept / "evidence")
    _pack(kept)
    return kept


def _pack(kept: Path) -> None:
    with tarfile.open(ROUND, "w:xz", preset=9) as archive:
        archive.add(kept, kept.name, filter=_plain)


def _narrow(round_folder: Path) -> None:
    """Leaves the two agencies in the round's files, and few of their pages."""
    for sheet in round_folder.glob("*.csv"):
        heading, *lines = sheet.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.startswith(_AGENCIES)]
        sheet.write_text("".join([heading, *kept]), encoding="utf-8")
    settings = round_folder / "round.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("max_pages = 400", f"max_pages = {_MAX_PAGES}"), encoding="utf-8")


def _copy_evidence(source: Path, target: Path) -> None:
    """Every capture but the pictures, with its id, its time and its bytes."""
    with EvidenceStore.open(source) as store:
        captures = [capture for capture in store.captures() if capture.kind != "screenshot"]
        ids = iter([capture.id for capture in captures])
        with EvidenceWriter.open(
            target,
            vantage=captures[0].vantage,
            now=lambda: store.opened,
            new_id=lambda: next(ids),
            plan={},
            signer=SIGNER,
        ) as writer:
            for capture in captures:
                wire = isinstance(capture.facts, HttpFacts)
                writer.add(
                    kind=capture.kind,
                    agency=capture.agency,
                    url=capture.url,
                    purpose=capture.purpose,
                    attempt=capture.attempt,
                    time=capture.time,
                    facts=capture.facts,
                    request=store.request(capture.id) if wire else b"",
                    response=store.wire(capture.id) if wire else b"",
                    body=b"" if wire else store.body(capture.id),
                )
        seal(target, signer=SIGNER, now=lambda: store.opened, round_id="stored", software={}, coverage={})


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of the machine that packed it."""
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    return info


def report(into: Path) -> Path:
    """Judges, scores and reports the stored round in a folder that is made anew; the page to open."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    folder = unpack(into)
    environment = {**os.environ, "GOVAH_KEY": str(key(into / "signer.key"))}
    for command in ("check", "score", "report"):
        called = [sys.executable, "-m", "govah", command, "--quiet", str(folder)]
        subprocess.run(called, env=environment, check=True)
    return folder / "results" / "report" / "index.html"


def main(wanted: str) -> None:
    if wanted == "report":
        print(report(Path(__file__).parents[2] / "out" / "stored"))
        return
    with tempfile.TemporaryDirectory() as folder:
        judge(crawl(Path(folder)) if wanted == "crawl" else unpack(Path(folder)))


if __name__ == "__main__":
    verbs = ("judge", "report", "crawl")
    if sys.argv[1:] not in [[verb] for verb in verbs]:
        raise SystemExit(f"python -m tests.govah.stored {'|'.join(verbs)}")
    main(sys.argv[1])
