"""Packs with captures of several vantage points: each under its own seal, and whatever is exchanged between them is named."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import itertools
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import canonical, canonical_line
from evidence.fault import Faults
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.tls import TlsFacts
from evidence.pack.format import PackContents, PackedPlace
from evidence.pack.witnesses import pack_witnesses
from evidence.seal import seal
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from tests.evidence.pack.attack import REFUSED, Attack, Members
from tests.evidence.pack.canonical import zipped
from tests.evidence.pack.conftest import Packed
from tests.evidence.pack.forging import signed_again
from tests.evidence.pack.test_pack_command import govah
from tests.evidence.witness.record import STORED

__all__ = ["govah"]
OPENED = dt.datetime(2025, 12, 1, 9, 0, tzinfo=dt.UTC)
PROBED = dt.datetime(2026, 12, 1, 10, 0, tzinfo=dt.UTC)  # when the stored handshakes were
ROUND, HOST = "round-1", "portal.agency.test"
NAMES = ("tehran", "تبریز", "abroad")
BOTH, ALONE, PROBES, FALSE = (f"f{number}000000000000000000a" for number in range(1, 5))
WITNESSES: dict[str, Any] = json.loads(STORED.read_text(encoding="ascii"))


def _crawled(folder: Path, vantage: str, signer: Signer, **options: Any) -> dict[str, list[str]]:
    """The evidence of a place, sealed; ids of its captures by what they are."""
    ids = itertools.count(1)
    found: dict[str, list[str]] = {"page": [], "person": [], "probe": [], "false": []}
    opened = options.get("opened", OPENED)
    with EvidenceWriter.open(
        folder,
        vantage=vantage,
        now=lambda: opened,
        new_id=lambda: f"{vantage}-{next(ids)}",
        plan={"round": ROUND},
        signer=signer,
    ) as writer:
        for name, body in (("page", "<h1>خدمت</h1>"), ("person", "<p>09123456789</p>")):
            answer = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}{vantage}"
            capture = writer.add(
                kind="http", agency="a", url=f"https://{HOST}/{name}", purpose="page", attempt=1, time=PROBED,
                facts=HttpFacts("GET", 200, "OK", (), None),
                request=b"GET / HTTP/1.1\r\n\r\n", response=answer.encode(),
            )  # fmt: skip
            found[name].append(capture.id)
        facts = PageFacts(200, f"https://{HOST}/", "صفحه", True, None)
        page = writer.add(
            kind="page", agency="a", url=f"https://{HOST}/", purpose="page", attempt=1, time=PROBED,
            facts=facts, body="<p>سلام</p>".encode(),
        )  # fmt: skip
        found["page"].append(page.id)
        false = {**next(iter(WITNESSES.values())), "salt": "0" * 64}
        for attempt, witness in enumerate((false, *WITNESSES.values(), None), 1):
            probe = writer.add(
                kind="tls", agency="a", url=f"{HOST}:443", purpose="host", attempt=attempt, time=PROBED,
                facts=TlsFacts(HOST, 443, "127.0.0.1", 1), body=canonical({"witness": witness}).encode(),
            )  # fmt: skip
            found["probe" if attempt > 1 else "false"].append(probe.id)
    created = options.get("created", opened)
    round_id = options.get("round_id", ROUND)
    seal(folder, signer=signer, now=lambda: created, round_id=round_id, software={}, coverage={})
    return found


class Places(Packed):
    """A round of three vantage points and its packs. signers: by number of the place."""

    def __init__(self, folder: Path, signers: list[Signer]) -> None:
        super().__init__(folder / "round", signers[0], kept=True)
        self.signers = signers
        self.also = [folder / name for name in ("second", "third")]
        places = [self.evidence, *self.also]
        found = [_crawled(*one) for one in zip(places, NAMES, signers, strict=True)]
        own, second, third = found
        self.cited = {
            BOTH: [*own["page"], *second["page"], *third["page"], *third["person"]],
            ALONE: second["page"],
            PROBES: [*own["probe"], *second["probe"][:2]],
            FALSE: second["false"],
        }
        lines = [
            {
                "agency": "a", "captures": cited, "check": "services.entry", "id": id_, "observed": {"vantage": "تبریز"},
                "subject": {"id": "a-1", "kind": "service", "url": f"https://{HOST}/"}, "verdict": "verified",
            }
            for id_, cited in self.cited.items()
        ]  # fmt: skip
        self.findings.parent.mkdir()
        (self.findings.parent / "findings.claims.jsonl").write_bytes(b"")
        self.findings.write_text("".join(f"{canonical(line)}\n" for line in lines), encoding="utf-8")
        joined = []
        for path, signer in zip(self.also, signers[1:], strict=True):
            with EvidenceStore.open(path) as store:
                joined.append({"key": signer.fingerprint, "manifest": store.manifest_sha256})
        settings = {"rules": {}, "settings": {"also": joined}}
        assert seal_findings(self.findings.parent, self.evidence, self.signer, judged=settings)
        also = ", ".join(
            f'{{ path = "{path}", key = "{signer.fingerprint}" }}'
            for path, signer in zip(self.also, signers[1:], strict=True)
        )
        (self.folder / "round.toml").write_text(
            f'[round]\nid = "{ROUND}"\ntitle = "r"\n[crawl]\ncontact = "http://a.test/"\n[evidence]\nalso = [{also}]\n'
        )

    def anew(self, finding: str, **options: Any) -> bytes:
        return super().anew(finding, **{"also": self.also, **options})

    def forged(self, members: Members, **values: Any) -> Members:
        """Signed again by the auditor."""
        return signed_again(members, self.signer, **values)

    def joined(self, members: Members, also: Sequence[Mapping[str, Any]], **values: Any) -> Members:
        """By an auditor who says that the findings rest on these."""
        judged = json.loads(members["findings.manifest.json"])
        judged["judged"]["settings"]["also"] = also
        signed = canonical_line(judged)
        seals = {"findings.manifest.json": signed, "findings.manifest.sig": self.signer.sign(signed)}
        return self.forged({**members, **seals}, **values)

    def place_as(self, members: Members, signer: Signer | None = None, **fields: Any) -> Members:
        """The first place says otherwise under its key, or another, and the auditor joins that."""
        signer = signer or self.signers[1]
        manifest = {**json.loads(members["places/1/manifest.json"]), "key": signer.fingerprint, **fields}
        signed = canonical_line(manifest)
        theirs = {
            "places/1/manifest.json": signed,
            "places/1/manifest.sig": signer.sign(signed),
            "places/1/signer.pem": signer.public_pem,
        }
        known = contents_of(members).places
        place = dataclasses.replace(known[0], key=signer.fingerprint, manifest=_sha256(signed))
        places = (place, *known[1:])
        also = [{"key": one.key, "manifest": one.manifest} for one in places]
        return self.joined({**members, **theirs}, also, places=places)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def contents_of(members: Members) -> PackContents:
    return PackContents.parse(members["pack.json"])


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _problems(found: Any) -> set[tuple[str, str]]:
    return {(fault.file, fault.problem) for fault in found.faults}


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Places:
    return Places(tmp_path_factory.mktemp("places"), [signer, Signer.generate(), Signer.generate()])


def test_a_pack_holds_the_seal_of_each_place_that_records_are_from(
    places: Any, check: Callable[..., Any]
) -> None:
    members = places.members(BOTH)
    contents = contents_of(members)
    assert (contents.format, check(members).faults) == ("govah-pack/3", ())
    assert contents.places == tuple(
        PackedPlace(name, signer.fingerprint, _sha256((path / "manifest.json").read_bytes()))
        for name, signer, path in zip(NAMES[1:], places.signers[1:], places.also, strict=True)
    )
    for place, path in enumerate(places.also, 1):
        for name in ("manifest.json", "manifest.sig", "signer.pem"):
            assert members[f"places/{place}/{name}"] == (path / name).read_bytes()
    assert {record.place for record in contents.records} == {0, 1, 2}
    assert any(record.state == "redacted" and record.place == 2 for record in contents.records)
    probes = [record for record in contents.records if record.capture not in places.cited[BOTH]]
    assert [record.place for record in probes] == [0, 1, 2]  # the nearest witness of each place
    page = members["index.html"].decode()
    for name, signer in zip(NAMES[1:], places.signers[1:], strict=True):
        assert page.count(name) > 4 and signer.fingerprint in page
        assert signer.fingerprint in members["README.md"].decode()


def test_a_place_that_no_record_is_from_is_not_in_a_pack(places: Any, check: Callable[..., Any]) -> None:
    members = places.members(ALONE)
    contents = contents_of(members)
    assert ([place.vantage for place in contents.places], check(members).faults) == (["تبریز"], ())
    assert {record.place for record in contents.records} == {1}
    assert not any(name.startswith("places/2/") for name in members)


@pytest.mark.processes
def test_the_commands_of_the_readme_tell_the_seal_of_each_record(places: Any, tmp_path: Path) -> None:
    members = places.members(BOTH)
    for name, content in members.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    blocks = members["README.md"].decode().split("```sh\n")[1:]
    steps = [block.partition("```")[0] for block in blocks]
    done = subprocess.run(
        ["bash", "-c", "\n".join(steps)], cwd=tmp_path / "pack", capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "") and "CHANGED" not in done.stdout
    for record in contents_of(members).records:
        folder = f"places/{record.place}/" if record.place else ""
        assert f"record {record.number}, under {folder}manifest.json: OK" in done.stdout
    for signer in places.signers:
        assert signer.fingerprint in done.stdout
    (tmp_path / "pack/places/2/manifest.json").write_bytes(members["places/1/manifest.json"])
    of_places = next(step for step in steps if "for place in places" in step)
    done = subprocess.run(["bash", "-c", of_places], cwd=tmp_path / "pack", capture_output=True, text=True)
    assert "CHANGED: the findings do not rest on places/2/" in done.stdout


def test_every_edited_removed_or_added_file_of_a_place_is_named(
    places: Any, check: Callable[..., Any]
) -> None:
    members = places.members(BOTH)
    theirs = [name for name in members if name.startswith("places/")]
    assert len(theirs) == 6
    for edited in theirs:
        found = check({**members, edited: _flipped(members[edited])})
        assert edited in {name for fault in found.faults for name in (fault.file, fault.item)}, edited
        found = check(places.forged({**members, edited: _flipped(members[edited])}))
        assert found.faults, edited
        less = {name: content for name, content in members.items() if name != edited}
        assert {"missing_file", "missing_signature"} & {problem for _, problem in _problems(check(less))}
    for added in (
        "places/3/manifest.json",
        "places/1/plan.json",
        "places/0/signer.pem",
        "places/01/manifest.sig",
    ):
        assert (added, "extra_file") in _problems(check({**members, added: b"x"}))
    stamp = "places/3/manifest.0123456789abcdef.tsr"
    assert (stamp, "extra_file") in _problems(check(places.forged({**members, stamp: b"x"})))


def test_a_head_of_any_length_says_from_where_its_record_is(places: Any, check: Callable[..., Any]) -> None:
    """It lists what a page asked for. Of a redacted record the text is the auditor's word, so that one can be made here."""
    members = places.members(BOTH)
    (name,) = (one.file for one in contents_of(members).records if (one.state, one.place) == ("redacted", 2))
    detail, mark = b'"detail":"', b',"vantage":"abroad"'
    at = members[name].index(mark)
    at_ends = [(1 << 16) - at - shift for shift in (5, len(mark) + 1)]  # of what is read
    for added in (3 << 20, *at_ends):
        longer = members[name].replace(detail, detail + b"x" * added)
        assert check(places.forged({**members, name: longer})).faults == (), added
        for other in (
            longer.replace(mark, mark.replace(b"abroad", b"tehran")),
            longer.replace(b"\r\nGovah-Capture: ", b"\r\nGovah-Capture: {}\r\nGovah-Capture: "),
            longer.replace(b"\r\nGovah-Capture: ", b"\r\n\r\nGovah-Capture: "),
        ):
            found = _problems(check(places.forged({**members, name: other})))
            assert found == {(name, "other_vantage")}, added


def exchanged_files(places: Places, members: Members) -> Members:
    """One and two, by whoever holds no key."""
    swapped = dict(members)
    for name in ("manifest.json", "manifest.sig", "signer.pem"):
        one, two = f"places/1/{name}", f"places/2/{name}"
        swapped[one], swapped[two] = members[two], members[one]
    return swapped


def exchanged_places(places: Places, members: Members) -> Members:
    known = contents_of(members).places
    return places.forged(exchanged_files(places, members), places=known[::-1])


def other_order(places: Places, members: Members) -> Members:
    """Records too: all proofs are right, and the order is not that of the seal over the findings."""
    contents = contents_of(members)
    turned = [dataclasses.replace(one, place=(0, 2, 1)[one.place]) for one in contents.records]
    return places.forged(
        exchanged_files(places, members), places=contents.places[::-1], records=tuple(turned)
    )


def exchanged_records(places: Places, members: Members) -> Members:
    """What the round's own place saw is said to be from the first other one."""
    records = list(contents_of(members).records)
    at = next(number for number, one in enumerate(records) if one.place == 0 and one.type != "request")
    records[at] = dataclasses.replace(records[at], place=1)
    return places.forged(members, records=tuple(records))


def taken_as_own(places: Places, members: Members) -> Members:
    records = tuple(
        dataclasses.replace(one, place=0) if one.place == 1 and one.number % 2 else one
        for one in contents_of(members).records
    )
    return places.forged(members, records=records)


def other_name(places: Places, members: Members) -> Members:
    known = contents_of(members).places
    return places.forged(members, places=(dataclasses.replace(known[0], vantage="mashhad"), known[1]))


def exchanged_names(places: Places, members: Members) -> Members:
    one, two = contents_of(members).places
    return places.forged(
        members,
        places=(dataclasses.replace(one, vantage=two.vantage), dataclasses.replace(two, vantage=one.vantage)),
    )


def own_name(places: Places, members: Members) -> Members:
    """A place under the name of the round's own."""
    known = contents_of(members).places
    return places.forged(members, places=(dataclasses.replace(known[0], vantage="tehran"), known[1]))


def replaced_key(places: Places, members: Members) -> Members:
    """A stranger signs the place's manifest, and the auditor's table of contents names the stranger."""
    stranger = Signer.generate()
    forged = places.place_as(members, stranger)
    kept = {name: members[name] for name in ("findings.manifest.json", "findings.manifest.sig")}
    return places.forged({**forged, **kept}, places=contents_of(forged).places)


def replaced_key_alone(places: Places, members: Members) -> Members:
    """By a stranger without the auditor's key."""
    stranger = Signer.generate()
    manifest = canonical_line({**json.loads(members["places/1/manifest.json"]), "key": stranger.fingerprint})
    theirs = {
        "manifest.json": manifest,
        "manifest.sig": stranger.sign(manifest),
        "signer.pem": stranger.public_pem,
    }
    return {**members, **{f"places/1/{name}": content for name, content in theirs.items()}}


def not_joined(places: Places, members: Members) -> Members:
    """The findings rest on the second other place alone, as their seal says."""
    last = contents_of(members).places[1]
    return places.joined(members, [{"key": last.key, "manifest": last.manifest}])


def joined_with_nobody(places: Places, members: Members) -> Members:
    return places.joined(members, [])


def joined_with_numbers(places: Places, members: Members) -> Members:
    also: list[Any] = [7, {"key": 7}, None]
    return places.joined(members, also)


def own_key(places: Places, members: Members) -> Members:
    return places.place_as(members, places.signer)


def other_round(places: Places, members: Members) -> Members:
    return places.place_as(members, round="round-0")


def older_crawl(places: Places, members: Members) -> Members:
    return places.place_as(members, opened="2025-11-29T09:00:00.000000Z")


def later_crawl(places: Places, members: Members) -> Members:
    return places.place_as(
        members, opened="2025-12-02T09:00:00.000001Z", created="2025-12-03T09:00:00.000000Z"
    )


def late_seal(places: Places, members: Members) -> Members:
    return places.place_as(members, created="2025-12-09T09:00:00.000000Z")


def other_clock(places: Places, members: Members) -> Members:
    return places.place_as(members, opened="2025-12-01T09:00:00+00:00")


def no_day(places: Places, members: Members) -> Members:
    return places.place_as(members, opened="2025-02-30T09:00:00.000000Z")


def no_time(places: Places, members: Members) -> Members:
    return places.place_as(members, created=None)


def no_trees(places: Places, members: Members) -> Members:
    return places.place_as(members, records={})


def own_trees(places: Places, members: Members) -> Members:
    """The place seals the round's own records as if it had seen them."""
    return places.place_as(members, records=json.loads(members["manifest.json"])["records"])


def older_format(places: Places, members: Members) -> Members:
    values = {**json.loads(members["pack.json"]), "format": "govah-pack/2"}
    signed = canonical_line(values)
    return {**members, "pack.json": signed, "pack.sig": places.signer.sign(signed)}


def _contents_as(of: Places, members: Members, **fields: Any) -> Members:
    signed = canonical_line({**json.loads(members["pack.json"]), **fields})
    return {**members, "pack.json": signed, "pack.sig": of.signer.sign(signed)}


def twice_one_name(places: Places, members: Members) -> Members:
    known = [dataclasses.asdict(one) for one in contents_of(members).places]
    return _contents_as(places, members, places=[known[0], {**known[1], "vantage": known[0]["vantage"]}])


def no_name(places: Places, members: Members) -> Members:
    known = [dataclasses.asdict(one) for one in contents_of(members).places]
    return _contents_as(places, members, places=[{**known[0], "vantage": ""}, known[1]])


def more_places(places: Places, members: Members) -> Members:
    known = [dataclasses.asdict(one) for one in contents_of(members).places]
    return _contents_as(places, members, places=[*known, {**known[0], "vantage": "shiraz"}])


def fewer_places(places: Places, members: Members) -> Members:
    return _contents_as(places, members, places=[dataclasses.asdict(contents_of(members).places[0])])


def no_places(places: Places, members: Members) -> Members:
    return _contents_as(places, members, places=[])


def a_place_of_text(places: Places, members: Members) -> Members:
    return _contents_as(places, members, places=["تبریز", "abroad"])


def more_of_a_place(places: Places, members: Members) -> Members:
    known = [dataclasses.asdict(one) for one in contents_of(members).places]
    return _contents_as(places, members, places=[{**known[0], "note": "trust me"}, known[1]])


def edited_seal(places: Places, members: Members) -> Members:
    """The auditor joins what the place's key did not sign."""
    forged = places.place_as(members, captures=1_000)
    return places.forged(
        {**forged, f"{P1}manifest.sig": members[f"{P1}manifest.sig"]}, places=contents_of(forged).places
    )


def signature_of_another_place(places: Places, members: Members) -> Members:
    return places.forged({**members, f"{P1}manifest.sig": members[f"{P2}manifest.sig"]})


def signed_by_the_auditor(places: Places, members: Members) -> Members:
    """The place's manifest, with the place's key beside it."""
    return places.forged({**members, f"{P1}manifest.sig": places.signer.sign(members[f"{P1}manifest.json"])})


def edited_judgement(places: Places, members: Members) -> Members:
    """A place more among what the findings rest on, by somebody without the auditor's key."""
    forged = places.joined(members, [])
    return {**forged, "findings.manifest.sig": members["findings.manifest.sig"]}


def edited_contents(places: Places, members: Members) -> Members:
    return {**other_name(places, members), "pack.sig": members["pack.sig"]}


P1, P2 = "places/1/", "places/2/"
OF_1, JOINED = f"{P1}manifest.json", ("findings.manifest.json", "changed_vantage")
PROOF, LABEL, TABLE = (
    ("proofs/record-5.txt", "invalid_proof"),
    ("records/5.warc", "other_vantage"),
    ("pack.json", "invalid_manifest"),
)
# Why openssl, which knows keys and signatures, sees nothing of it.
BOND = "every signature is right, also that of the findings: what they name is another place"
SAID = "every signature is right: the manifest itself says what is wrong"
HEAD = "every signature is right: the head of a record says another place"
TREE = "every signature is right: the record is in another tree"
FORM = "every signature is right: the table of contents has a form that govah does not write"
KEY = "every signature is right beside its key: only the signed table of contents names the key"
ATTACKS = [
    Attack(exchanged_files, {(f"{P1}signer.pem", "foreign_signature"), ("pack.json", "changed_field"), (f"{P2}signer.pem", "changed_file")}, KEY),
    Attack(exchanged_places, {JOINED, LABEL}, BOND),
    Attack(other_order, {JOINED}, BOND, alone=True),
    Attack(exchanged_records, {("records/2.warc", "other_vantage"), ("records/2.warc", "shared_capture"), ("proofs/record-2.txt", "invalid_proof")}, TREE),
    Attack(taken_as_own, {LABEL, PROOF}, TREE),
    Attack(other_name, {LABEL}, HEAD),
    Attack(exchanged_names, {LABEL}, HEAD),
    Attack(own_name, {("records/2.warc", "other_vantage"), LABEL}, HEAD),
    Attack(replaced_key, {JOINED}, BOND, alone=True),
    Attack(replaced_key_alone, {(f"{P1}signer.pem", "foreign_signature"), (OF_1, "changed_file")}, KEY),
    Attack(not_joined, {JOINED}, BOND, alone=True),
    Attack(joined_with_nobody, {JOINED}, BOND, alone=True),
    Attack(joined_with_numbers, {JOINED}, BOND, alone=True),
    Attack(own_key, {(f"{P1}signer.pem", "own_key")}, SAID, alone=True),
    Attack(other_round, {(OF_1, "other_round")}, SAID, alone=True),
    Attack(older_crawl, {(OF_1, "older_crawl")}, SAID, alone=True),
    Attack(later_crawl, {(OF_1, "later_crawl")}, SAID, alone=True),
    Attack(late_seal, {(OF_1, "later_crawl")}, SAID, alone=True),
    Attack(other_clock, {(OF_1, "invalid_manifest")}, SAID, alone=True),
    Attack(no_day, {(OF_1, "invalid_manifest")}, SAID, alone=True),
    Attack(no_time, {(OF_1, "invalid_manifest")}, SAID, alone=True),
    Attack(no_trees, {PROOF}, TREE),
    Attack(own_trees, {PROOF}, TREE),
    *(Attack(one, {TABLE}, FORM) for one in (
        older_format, twice_one_name, no_name, more_places, fewer_places, no_places, a_place_of_text, more_of_a_place,
    )),
    Attack(edited_seal, {(OF_1, "invalid_signature")}, REFUSED, alone=True),
    Attack(signature_of_another_place, {(OF_1, "invalid_signature")}, REFUSED, alone=True),
    Attack(signed_by_the_auditor, {(OF_1, "invalid_signature")}, REFUSED, alone=True),
    Attack(edited_judgement, {JOINED, ("findings.manifest.json", "invalid_signature")}, REFUSED),
    Attack(edited_contents, {("pack.json", "invalid_signature"), LABEL}, REFUSED),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_what_is_exchanged_between_places_is_named(
    places: Any, check: Callable[..., Any], attack: Attack
) -> None:
    found = _problems(check(attack.make(places, places.members(BOTH))))
    assert attack.named <= found
    if attack.alone:
        assert found == attack.named


@pytest.mark.thorough
@pytest.mark.processes
def test_openssl_refuses_what_the_table_says(places: Any, tmp_path: Path) -> None:
    """Where it sees nothing, all signatures are right, and the row says why the pack is refused all the same."""
    for attack in ATTACKS:
        accepted = _openssl_accepts(attack.make(places, places.members(BOTH)), tmp_path)
        assert accepted == (attack.openssl != REFUSED), attack.name


def _openssl_accepts(members: Members, folder: Path) -> bool:
    """Whether openssl takes every signature of the pack, with the key that lies beside it."""
    for name, content in members.items():
        (folder / name.replace("/", "-")).write_bytes(content)
    for name in (name for name in members if name.endswith(".sig")):
        key = f"{name[: name.rfind('/') + 1]}signer.pem".replace("/", "-")
        signed = name.replace("/", "-").replace(".sig", ".json")
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", signed]
        done = subprocess.run([*command, "-sigfile", name.replace("/", "-")], cwd=folder, capture_output=True)
        if done.returncode:
            return False
    return True


def test_the_handshakes_of_every_place_are_proved(
    places: Any, check: Callable[..., Any], tmp_path: Path
) -> None:
    members = places.members(PROBES)
    assert check(members).faults == ()
    faults = Faults()
    path = tmp_path / "pack.zip"
    path.write_bytes(zipped(members.items()))
    found = pack_witnesses(path, contents_of(members), faults)
    assert faults.found() == []
    cited = places.cited[PROBES]
    assert [*found.proofs] == [*cited[: len(WITNESSES)], *cited[-2:]]  # between them is one without
    assert found.without == ()


def test_a_false_handshake_of_another_place_is_told_when_the_pack_is_made(
    places: Any, govah: Callable[..., Any], tmp_path: Path
) -> None:
    """None is added beside what is cited; what is cited is there, as that place sealed it."""
    key, path = tmp_path / "auditor.key", tmp_path / "pack.zip"
    key.write_bytes(places.signer.private_pem())
    key.chmod(0o600)
    said = govah("pack", places.folder, FALSE, "--key", key, "--output", path)
    assert "The handshake in records/1.warc does not prove whose key answered" in said.stderr
    told = govah("verify", path).stdout
    assert "The records of تبریز are under that vantage point's own seal" in told
    assert places.signers[1].fingerprint in told
    found = json.loads(govah("verify", path, "--witness", "--json", status=4).stdout)
    assert [fault["problem"] for fault in found["faults"]] == ["invalid_witness"]
    assert "handshake" not in govah("pack", places.folder, BOTH, "--key", key, "--output", path).stderr
    govah("verify", path, "--witness")


def test_the_page_names_a_false_handshake(places: Any, check: Callable[..., Any]) -> None:
    assert check(places.members(FALSE)).faults == ()
