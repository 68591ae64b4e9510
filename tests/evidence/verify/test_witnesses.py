"""`govah verify --witness` over sealed rounds and packs: what is proved, what is none, and false witnesses that the auditor sealed."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import io
import itertools
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler.politeness.policy import Endpoint
from crawler.probes.cipher_suites import TLS12_SUITES, TLS13_SUITES
from crawler.probes.handshake_witness import HelloBinding
from crawler.probes.tls_connection import say_hello
from evidence.canonical import canonical
from evidence.fault import Faults
from evidence.kinds.http import HttpFacts
from evidence.kinds.tls import TlsFacts
from evidence.opening import commitments
from evidence.pack.maker import find_finding, write_pack
from evidence.pack.verifier import verify_pack
from evidence.pack.witnesses import pack_witnesses
from evidence.records import Capture, Purpose
from evidence.redaction.text import load_rules
from evidence.seal import seal
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer
from evidence.store import EvidenceWriter
from evidence.store.recording import time_text
from evidence.timestamps import Timestamp
from evidence.verify.folder import verify
from evidence.verify.witnesses import Witnesses, check_witnesses, witnesses_of
from evidence.witness.proof import WitnessProof
from govah.terminal.witnesses import opening_times, witnesses_json
from reports.pack import pages
from tests import command_server
from tests.crawler.probes.test_handshake_witness import ADDRESS, Server, new_keys, serving
from web.tls_flight import TLS12, TLS13

OPENED = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
LATER = OPENED + dt.timedelta(hours=1)
NEW, OLD = "portal.agency.test", "old.agency.test"
FINDING, SERVICE = "f1000000000000000000a", "f2000000000000000000a"
SERVED: dict[str, int | None] = {
    f"https://{NEW}/service": 200,
    f"https://{NEW}/more": 200,
    "https://none.test/": 200,
    f"http://{OLD}/": 200,
    f"https://{OLD}/": None,  # nothing came
}
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Probed:
    """One probe to be recorded."""

    host: str
    time: dt.datetime
    body: Body
    purpose: Purpose = "host"


def round_of(
    folder: Path,
    signer: Signer,
    probes: list[Probed],
    *,
    round_id: str = "r",
    plan: str = "r",
    vantage: str = "v",
) -> Path:
    """Sealed, with a finding that cites all probes, and one of what was served. The same key, clock and plan make the same opening."""
    ids = itertools.count()
    evidence = folder / "evidence"
    folder.mkdir(exist_ok=True)
    with EvidenceWriter.open(
        evidence,
        vantage=vantage,
        now=lambda: OPENED,
        new_id=lambda: f"{'c' if vantage == 'v' else vantage}{next(ids)}",
        plan={"round": plan},
        signer=signer,
    ) as writer:
        for attempt, probed in enumerate(probes, 1):
            writer.add(
                kind="tls",
                agency="a",
                url=f"{probed.host}:443",
                purpose=probed.purpose,
                attempt=attempt,
                time=probed.time,
                facts=TlsFacts(probed.host, 443, ADDRESS, 1),
                body=canonical(probed.body).encode(),
            )
        served = [
            writer.add(
                kind="http",
                agency="a",
                url=url,
                purpose="claim",
                attempt=1,
                time=LATER + dt.timedelta(minutes=2),
                facts=HttpFacts("GET", status, "OK", (), None if status else "timeout"),
                request=b"GET / HTTP/1.1\r\n\r\n",
                response=b"HTTP/1.1 200 OK\r\n\r\nhello" if status else b"",
            ).id
            for url, status in SERVED.items()
        ]
    seal(evidence, signer=signer, now=lambda: OPENED, round_id=round_id, software={}, coverage={})
    (folder / "results").mkdir()
    cited_probes = [f"{'c' if vantage == 'v' else vantage}{number}" for number in range(len(probes))]
    cited = {FINDING: cited_probes, SERVICE: served}
    findings = [
        {
            "agency": "a",
            "captures": captures,
            "check": "hosts.security",
            "id": id_,
            "observed": {},
            "subject": {"id": NEW, "kind": "host"},
            "verdict": "verified",
        }
        for id_, captures in cited.items()
    ]
    (folder / "results/findings.jsonl").write_text("".join(canonical(one) + "\n" for one in findings))
    assert seal_findings(folder / "results", evidence, signer)
    return folder


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer.generate()


@pytest.fixture(scope="module")
def recorded(signer: Signer, tmp_path_factory: pytest.TempPathFactory) -> list[Probed]:
    """Two probes of a host of TLS 1.3, one of a host of TLS 1.2, one of a host without a witness."""
    folder = round_of(tmp_path_factory.mktemp("opening") / "round", signer, [])
    opening = commitments(folder / "evidence")
    keys = new_keys(folder / "dh.pem")

    def greeted(port: int, host: str, time: dt.datetime, version: int, suites: tuple[int, ...]) -> Probed:
        said = say_hello(
            "tls1.3" if version == TLS13 else "tls1.2",
            version,
            suites,
            endpoint=Endpoint(ADDRESS, port),
            server_name=host,
            remaining=lambda: 60.0,
            exactly=True,
            binding=HelloBinding("r", opening, host, 443, time_text(time)),
        )
        assert said.witness is not None
        return Probed(host, time, {"witness": said.witness.as_json()})

    with serving(Server("p256").speak(keys)) as port:
        new = [greeted(port, NEW, time, TLS13, TLS13_SUITES) for time in (OPENED, LATER)]
    with serving(Server("rsa", "1.2").speak(keys)) as port:
        old = greeted(port, OLD, OPENED, TLS12, TLS12_SUITES)
    return [*new, old, Probed("none.test", OPENED, {"witness": None}), Probed("far.test", OPENED, {}, "link")]


def verified(path: Path, *more: str, lang: str = "en") -> tuple[int, str]:
    environment = {**os.environ, "GOVAH_LANG": lang, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONUTF8": "1"}
    said = command_server.govah("verify", path, "--witness", *more, env=environment)
    assert "Traceback" not in said.stderr, said.stderr
    return said.returncode, said.stdout


@pytest.mark.sockets
def test_a_round_says_whose_keys_answered(signer: Signer, recorded: list[Probed], tmp_path: Path) -> None:
    folder = round_of(tmp_path / "round", signer, recorded)
    status, said = verified(folder, "--json")
    told = json.loads(said)["witnesses"]
    assert status == 0
    assert [(one["capture"], one["host"], one["version"]) for one in told["proved"]] == [
        ("c0", NEW, "TLSv1.3"),
        ("c1", NEW, "TLSv1.3"),
        ("c2", OLD, "TLSv1.2"),
    ]
    assert [one["names_host"] for one in told["proved"]] == [True, True, False]
    assert (told["without"], told["since"]) == (["none.test:443"], None)
    status, said = verified(folder)
    assert status == 0
    assert "the keys of certificates signed 3 hellos of this round to 2 hosts" in said
    assert f"does not name the host: 1 hosts ({OLD}:443)" in said
    assert "Without a witness: 1 hosts (none.test:443)" in said
    assert "does not prove what the host served" in said
    assert "شاهدهای دست‌دهی" in verified(folder, lang="fa")[1]


@pytest.mark.sockets
def test_a_round_without_witnesses_is_as_it_was(
    signer: Signer, recorded: list[Probed], tmp_path: Path
) -> None:
    folder = round_of(tmp_path / "round", signer, [Probed(NEW, OPENED, {"format": 3})])
    status, said = verified(folder)
    assert status == 0
    assert "There are no handshake witnesses." in said
    assert f"{NEW}:443" in said


def beside(folder: Path, other: Path, signer: Signer) -> Path:
    """A round that takes the evidence of another vantage point."""
    (folder / "round.toml").write_text(
        '[round]\nid = "r"\ntitle = "r"\n[crawl]\ncontact = "http://a.test/"\n'
        f'[evidence]\nalso = [{{ path = "{other}/evidence", key = "{signer.fingerprint}" }}]\n'
    )
    return folder


@pytest.mark.sockets
def test_witnesses_of_every_vantage_point_are_verified(
    signer: Signer, recorded: list[Probed], tmp_path: Path
) -> None:
    silent = [Probed(host, OPENED, {"witness": None}) for host in (NEW, "none.test")]
    other = round_of(tmp_path / "other", signer, recorded)
    here = beside(round_of(tmp_path / "here", Signer.generate(), silent, vantage="here"), other, signer)
    status, said = verified(here, "--json")
    told = json.loads(said)["witnesses"]
    assert (status, [one["capture"] for one in told["proved"]]) == (0, ["c0", "c1", "c2"])
    assert told["without"] == ["none.test:443"]
    # what was recorded in one crawl is no witness of another place's
    forged = round_of(tmp_path / "forged", signer, recorded, vantage="forged")
    status, said = verified(beside(here, forged, signer), "--json")
    faults = [(fault["file"], fault["problem"]) for fault in json.loads(said)["faults"]]
    assert (status, len(faults)) == (4, 3)
    assert {problem for _, problem in faults} == {"invalid_witness"}
    assert all(file.startswith(f"{forged}/evidence/") for file, _ in faults)


@pytest.mark.sockets
def test_a_witness_with_the_auditors_own_certificate_is_not_said_to_be_the_hosts(
    signer: Signer, recorded: list[Probed], tmp_path: Path
) -> None:
    """Every witness here is one: the test made the keys, and no host of these names exists."""
    folder = round_of(tmp_path / "round", signer, recorded)
    told = " ".join(verified(folder)[1].split())
    assert (
        "does not prove what the host served, that the certificate is valid or the host's own, or when"
        in told
    )
    assert "keys of 2 hosts" not in told and "the host's key" not in told


def _pack(folder: Path, signer: Signer, path: Path, finding: str = FINDING, **options: Any) -> Path:
    file = io.BytesIO()
    findings = folder / "results/findings.jsonl"
    made = {"signer": signer, "pages": pages, "rules": load_rules(), **options}
    write_pack(file, folder / "evidence", findings, find_finding(findings, finding), **made)
    path.write_bytes(file.getvalue())
    return path


def other_host(probes: list[Probed]) -> None:
    probes[0].body["witness"] = copy.deepcopy(probes[2].body["witness"])


def relabelled_host(probes: list[Probed]) -> None:
    probes[0].body["witness"] = {**probes[2].body["witness"], "host": NEW}


def used_again(probes: list[Probed]) -> None:
    """The second visit with the handshake of the first."""
    probes[1].body["witness"] = copy.deepcopy(probes[0].body["witness"])


def relabelled_time(probes: list[Probed]) -> None:
    probes[1].body["witness"] = {**probes[0].body["witness"], "time": time_text(LATER)}


def other_round(probes: list[Probed]) -> None:
    probes[0].body["witness"]["round"] = "last-year"


def other_opening(probes: list[Probed]) -> None:
    probes[0].body["witness"]["opening"] = ["0" * 64]


def other_salt(probes: list[Probed]) -> None:
    probes[2].body["witness"]["salt"] = "0" * 64


def cut(probes: list[Probed]) -> None:
    probes[0].body["witness"]["messages"] = probes[0].body["witness"]["messages"][:400]


def other_digest(probes: list[Probed]) -> None:
    probes[0].body["witness"]["sha256"] = hashlib.sha256(b"").hexdigest()


def more_fields(probes: list[Probed]) -> None:
    probes[0].body["witness"]["note"] = "trust me"


def other_format(probes: list[Probed]) -> None:
    probes[0].body["witness"]["format"] = "govah-witness/0"


def a_list(probes: list[Probed]) -> None:
    probes[0].body["witness"] = []


FORGERIES: dict[Callable[[list[Probed]], None], str] = {
    other_host: "c0",
    relabelled_host: "c0",
    used_again: "c1",
    relabelled_time: "c1",
    other_round: "c0",
    other_opening: "c0",
    other_salt: "c2",
    cut: "c0",
    other_digest: "c0",
    more_fields: "c0",
    other_format: "c0",
    a_list: "c0",
}


@pytest.mark.sockets
@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_a_false_witness_that_the_auditor_sealed_is_named(
    signer: Signer, recorded: list[Probed], tmp_path: Path, forgery: Callable[[list[Probed]], None]
) -> None:
    """In the round, and in a pack from it; both verify without the question."""
    probes = copy.deepcopy(recorded)
    forgery(probes)
    folder = round_of(tmp_path / "round", signer, probes)
    pack = _pack(folder, signer, tmp_path / "pack.zip")
    assert not verify(folder / "evidence", findings=folder / "results/findings.jsonl")
    contents = verify_pack(pack).contents
    assert contents is not None and not verify_pack(pack).faults
    of_round, of_pack = Faults(), Faults()
    check_witnesses(folder / "evidence", of_round)
    pack_witnesses(pack, contents, of_pack)
    number = int(FORGERIES[forgery][1:]) + 1
    for faults, file in ((of_round, "shard-0001/seg-1-00001.warc.gz"), (of_pack, f"records/{number}.warc")):
        found = [(fault.file, fault.item, fault.problem) for fault in faults.found()]
        assert found == [(file, FORGERIES[forgery], "invalid_witness")]
    if forgery is used_again:
        for path in (folder, pack):
            status, said = verified(path)
            assert status == 4
            assert "does not prove whose key answered: time: it is of 2025-12-01T00:00" in said


@pytest.mark.sockets
def test_a_pack_proves_the_same_and_says_so(signer: Signer, recorded: list[Probed], tmp_path: Path) -> None:
    folder = round_of(tmp_path / "round", signer, recorded)
    pack = _pack(folder, signer, tmp_path / "pack.zip")
    status, said = verified(pack, "--json")
    assert status == 0
    assert json.loads(said)["witnesses"] == json.loads(verified(folder, "--json")[1])["witnesses"]
    status, said = verified(pack)
    assert "the keys of certificates signed 3 hellos of this round to 2 hosts" in said


@pytest.mark.sockets
def test_a_pack_of_another_finding_has_the_nearest_witness_of_each_host_that_served_it(
    signer: Signer, recorded: list[Probed], tmp_path: Path
) -> None:
    folder = round_of(tmp_path / "round", signer, recorded)
    pack = _pack(folder, signer, tmp_path / "pack.zip", SERVICE)
    found = verify_pack(pack)
    assert not found.faults
    assert found.contents is not None
    captures = [record.capture for record in found.contents.records]
    cited = [f"c{number}" for number in range(len(recorded), len(recorded) + len(SERVED))]
    assert list(dict.fromkeys(captures)) == [*cited, "c1"]  # the second probe is two minutes away
    assert list(pack_witnesses(pack, found.contents, Faults()).proofs) == ["c1"]
    with zipfile.ZipFile(pack) as members:
        readme = members.read("README.md").decode()
    file = found.contents.records[-1].file
    assert f"`{file}`: a TLS probe with a handshake that the key of a certificate signed." in readme
    assert f"`{file}`: آزمون TLS" in readme
    small = verify_pack(_pack(folder, signer, tmp_path / "small.zip", SERVICE, largest=100)).contents
    assert small is not None
    assert "c1" not in [record.capture for record in small.records]


@pytest.mark.sockets
def test_hellos_of_another_crawl_are_refused_whatever_their_round_is_called(
    recorded: list[Probed], tmp_path: Path
) -> None:
    """The whole crawl of another auditor, sealed as one's own."""
    folder = round_of(tmp_path / "round", Signer.generate(), recorded)
    faults = Faults()
    check_witnesses(folder / "evidence", faults)
    assert [fault.item for fault in faults.found()] == ["c0", "c1", "c2"]
    assert {fault.detail for fault in faults.found()} == {"opening: of another crawl"}


@pytest.mark.sockets
def test_a_round_that_was_renamed_before_its_seal_keeps_its_witnesses(
    signer: Signer, recorded: list[Probed], tmp_path: Path
) -> None:
    folder = round_of(tmp_path / "round", signer, recorded, round_id="renamed")
    assert verified(folder)[0] == 0


def test_hellos_are_later_than_the_stamps_they_are_bound_to(tmp_path: Path) -> None:
    (tmp_path / "checkpoints.jsonl").write_bytes(b"{}\n")
    names = [f"{over}.{number:016x}" for over in ("opening", "manifest") for number in (1, 2, 3)]
    for name in names:
        (tmp_path / f"{name}.tsr").write_bytes(name.encode())
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in names]
    assert set(commitments(tmp_path)) == {hashlib.sha256(b"{}\n").hexdigest(), *digests[:3]}

    def stamp(number: int, trusted: bool | None) -> Timestamp:
        time = OPENED + dt.timedelta(minutes=number)
        return Timestamp("opening", f"{number:016x}", time, "TSA", "", trusted, "")

    stamps = [stamp(1, None), stamp(2, True), stamp(3, False)]
    opened = opening_times(tmp_path, stamps)
    assert opened == {digests[0]: stamps[0].time, digests[1]: stamps[1].time}


def since(*openings: tuple[str, ...]) -> str | None:
    proofs = {
        str(number): WitnessProof(NEW, 443, "", "r", opening, "TLSv1.3", "", "", "", True)
        for number, opening in enumerate(openings)
    }
    told = witnesses_json(Witnesses(proofs, ()), {"a": OPENED, "b": LATER})["witnesses"]["since"]
    assert told is None or isinstance(told, str)
    return told


def test_the_earliest_of_the_latest_holds_for_all() -> None:
    assert since(("x", "b"), ("a", "b")) == time_text(LATER)
    assert since(("b",), ("a", "x")) == time_text(OPENED)
    assert since(("b",), ("x",)) is None
    assert since() is None


@pytest.mark.parametrize(
    ("host", "port", "time"),
    [(7, 443, OPENED), (NEW, True, OPENED), (NEW, "443", OPENED), (NEW, 443, OPENED.replace(tzinfo=None))],
)
def test_a_probe_that_another_place_sealed_ends_nothing(host: Any, port: Any, time: dt.datetime) -> None:
    facts = TlsFacts(host, port, None, 1)
    capture = Capture("c1", 1, "tls", "a", f"{NEW}:443", time, "v", "host", 1, "0" * 64, facts)
    faults = Faults()
    assert witnesses_of([("seg", capture, b'{"witness":{}}')], ("r",), faults).proofs == {}
    assert [(fault.file, fault.problem) for fault in faults.found()] == [("seg", "invalid_witness")]
