"""Whatever is done to a disclosure pack, verification says so and names it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest

from evidence.canonical import canonical, canonical_line
from evidence.pack.format import UNSUMMED, PackContents, parse_proof, proof_text
from evidence.pack.maker import sums
from evidence.signing.keys import Signer
from evidence.signing.merkle import leaf_hash
from reports.catalogue import TextCatalogue
from tests.depth import tries
from tests.evidence.pack.canonical import zipped
from tests.evidence.pack.forging import signed_again
from tests.evidence.sampling import spread

Members = dict[str, bytes]


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _problems(found: Any) -> set[tuple[str, str]]:
    return {(fault.file, fault.problem) for fault in found.faults}


@pytest.mark.parametrize("name", ["PERSONAL", "MANY", "SEEN"])
def test_every_edited_member_is_named(packed: Any, check: Callable[..., Any], name: str) -> None:
    members = packed.members(getattr(packed, name))
    for edited in members:
        found = check({**members, edited: _flipped(members[edited])})
        assert edited in {name for fault in found.faults for name in (fault.file, fault.item)}, edited
    assert len(members) > 12


def test_every_removed_member_is_named(packed: Any, check: Callable[..., Any]) -> None:
    members = packed.members(packed.PERSONAL)
    for removed in members:
        found = check({name: content for name, content in members.items() if name != removed})
        named = {fault.problem for fault in found.faults if fault.file == removed}
        assert named & {"missing_file", "missing_signature"}, removed


@pytest.mark.parametrize(
    "name",
    [
        "more.txt",
        "records/9.warc",
        "records/1.redacted.txt",
        "proofs/record-9.txt",
        "finding.redacted.json",
        "../outside",
        "/etc/passwd",
        "records\\1.warc",
        "C:\\x",
        "a" * 5000,
        "\u202etxt.exe",
        "records/1.warc/x",
        "__MACOSX/x",
    ],
)
def test_added_members_are_named(packed: Any, check: Callable[..., Any], name: str) -> None:
    found = check({**packed.members(packed.TEXT), name: b"x"})
    assert (name[:200], "extra_file") in _problems(found)


def test_a_member_that_is_there_twice_is_named(packed: Any, check: Callable[..., Any]) -> None:
    members = packed.members(packed.TEXT)
    twice = zipped([*members.items(), ("finding.json", members["finding.json"])])
    assert _problems(check(twice)) == {("finding.json", "extra_file")}


def test_members_in_another_order_are_named(packed: Any, check: Callable[..., Any]) -> None:
    members = list(packed.members(packed.MANY).items())
    for first, second in ((0, 1), (2, 5), (-1, -2), (0, -1)):
        other = members.copy()
        other[first], other[second] = other[second], other[first]
        assert _problems(check(zipped(other))) == {("pack.zip", "changed_zip")}


def test_swapped_proofs_are_named(packed: Any, check: Callable[..., Any], signer: Signer) -> None:
    members = packed.members(packed.MANY)
    one, two = "proofs/record-2.txt", "proofs/record-4.txt"
    swapped = {**members, one: members[two], two: members[one]}
    assert {(one, "invalid_proof"), (two, "invalid_proof"), (one, "changed_file")} <= _problems(
        check(swapped)
    )
    found = check(signed_again(swapped, signer))
    assert _problems(found) == {(one, "invalid_proof"), (two, "invalid_proof")}
    assert {fault.item.partition(" (")[0] for fault in found.faults} == {"record 2", "record 4"}


def test_the_proof_of_another_leaf_with_this_one_s_name(
    packed: Any, check: Callable[..., Any], signer: Signer
) -> None:
    members = packed.members(packed.MANY)
    own, other = members["proofs/record-2.txt"], members["proofs/record-4.txt"]
    forged = own.split(b"\n")[0] + b"\n" + other.split(b"\n", 1)[1]
    found = check(signed_again({**members, "proofs/record-2.txt": forged}, signer))
    assert _problems(found) == {("proofs/record-2.txt", "invalid_proof")}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("shard-0001", "shard-0002"),
        lambda text: text.replace("shards 0 2", "shards 1 2"),
        lambda text: text.replace("shards 0 2", "shards 0 3"),
        lambda text: text[: text.index("shards")],
        lambda text: text[: text.index("\n") + 1],
        lambda text: text + text[text.index("shards") :],
        lambda text: text + f"left {'1' * 64}\n",
        lambda text: text + f"left {'1' * 64}\n" * 100,
        lambda text: text + f"left {'1' * 64}\n" * 1_000,  # more than any proof has
        lambda text: text.replace("shards 0 2", "shards 0 2\nshards 0 2"),
        lambda text: text.replace("shards 0 2", f"shards 0 {10**17}"),
        lambda text: text.upper(),
        lambda text: text.replace("left", "right", 1) if "left" in text else text.replace("right", "left", 1),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "leaf " + "1" * 64 + text[69:],
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n",
        lambda text: "",
    ],
)
def test_a_proof_of_another_shape_is_named(
    packed: Any, check: Callable[..., Any], signer: Signer, change: Callable[[str], str]
) -> None:
    members = packed.members(packed.TEXT)
    name = next(
        f"proofs/record-{number}.txt"
        for number in (1, 2)
        if b"shard-0001" in members[f"proofs/record-{number}.txt"]
    )
    forged = change(members[name].decode()).encode()
    assert forged != members[name]
    found = check(signed_again({**members, name: forged}, signer))
    problem = "changed_file" if len(forged) > 8192 else "invalid_proof"
    assert _problems(found) <= {(name, problem), (name, "missing_file")} and (name, problem) in _problems(
        found
    )


def test_a_proof_for_a_tree_of_another_size_is_named(
    packed: Any, check: Callable[..., Any], signer: Signer
) -> None:
    """The way up is the same, the tree is not."""
    members = packed.members(packed.MANY)
    forged = dict(members)
    for number in range(1, 9):
        name = f"proofs/record-{number}.txt"
        parsed = parse_proof(members[name])
        assert parsed is not None
        leaf, ((shard, proof), whole) = parsed
        larger = dataclasses.replace(proof, size=proof.size + 1)
        if larger.root(leaf) == proof.root(leaf):
            forged[name] = proof_text(leaf, [(shard, larger), whole])
    changed = {name for name in members if forged[name] != members[name]}
    assert changed
    found = check(signed_again(forged, signer))
    assert _problems(found) == {(name, "invalid_proof") for name in changed}


def test_what_the_key_holder_adds_or_leaves_out(
    packed: Any, check: Callable[..., Any], signer: Signer
) -> None:
    members = packed.members(packed.TEXT)
    added = signed_again({**members, "records/9.warc": members["records/1.warc"]}, signer)
    assert _problems(check(added)) == {("records/9.warc", "extra_file")}
    contents = PackContents.parse(members["pack.json"])
    without = {name: content for name, content in members.items() if "2." not in name}
    found = check(signed_again(without, signer, records=contents.records[:1]))
    assert _problems(found) == {("finding.json", "unknown_capture")}  # what was asked, and no answer
    listed = b"anything\n" + members["SHA256SUMS"]
    signed = signed_again(members, signer, sums=hashlib.sha256(listed).hexdigest())
    assert _problems(check({**signed, "SHA256SUMS": listed})) == {("SHA256SUMS", "changed_file")}


def test_an_edited_record_and_an_edited_finding(
    packed: Any, check: Callable[..., Any], signer: Signer
) -> None:
    members = packed.members(packed.TEXT)
    record = members["records/2.warc"].replace(b"tehran-1", b"tehran-2")
    found = check(signed_again({**members, "records/2.warc": record}, signer))
    assert _problems(found) == {("records/2.warc", "changed_record")}
    line = members["finding.json"].replace(b'"verified"', b'"contradicted"')
    found = check(signed_again({**members, "finding.json": line}, signer))
    assert _problems(found) == {("finding.json", "changed_finding")}


def test_a_record_that_the_finding_does_not_cite(
    packed: Any, check: Callable[..., Any], signer: Signer
) -> None:
    """Both are in the sealed round, and all proofs are right."""
    members, other = packed.members(packed.TEXT), packed.members(packed.COOKIE)
    contents, others = (PackContents.parse(pack["pack.json"]) for pack in (members, other))
    for number in (1, 2):
        record = others.records[number - 1]
        members = {name: content for name, content in members.items() if name != f"records/{number}.warc"}
        members |= {name: other[name] for name in (record.file, record.proof)}
    found = check(signed_again(members, signer, records=others.records))
    assert ("finding.json", "unknown_capture") in _problems(found)
    assert {file for file, problem in _problems(found) if problem == "added_record"} == {
        record.file for record in others.records
    }
    without = {name: content for name, content in members.items() if "record" not in name}
    found = check(signed_again(without, signer, records=()))
    assert _problems(found) == {("finding.json", "unknown_capture")}
    assert contents.finding.id == packed.TEXT


def test_a_finding_that_cites_much_is_not_gone_through_for_each_record(
    packed: Any, check: Callable[..., Any], signer: Signer
) -> None:
    """A stranger's pack took two minutes so."""
    members = packed.members(packed.TEXT)
    line = json.loads(members["finding.json"]) | {"captures": [f"{number:x}" for number in range(200_000)]}
    (first, *_) = PackContents.parse(members["pack.json"]).records
    records = [dataclasses.replace(first, number=number, state="redacted") for number in range(1, 3001)]
    kept = {name: content for name, content in members.items() if "record" not in name}
    for record in records:
        kept |= {record.file: b"WARC/1.1\r\n", record.proof: members[first.proof]}
    pack = signed_again({**kept, "finding.json": canonical(line).encode()}, signer, records=tuple(records))
    started = time.process_time()
    problems = {problem for _, problem in _problems(check(pack))}
    assert {"unknown_capture", "added_record", "too_many"} & problems
    assert time.process_time() - started < 5  # of this process alone: 1 now, 8 before


def test_a_record_with_a_finding_that_cites_none(
    packed: Any, check: Callable[..., Any], signer: Signer
) -> None:
    members, other = packed.members(packed.NOTHING), packed.members(packed.TEXT)
    added = {name: content for name, content in other.items() if "record" in name}
    records = PackContents.parse(other["pack.json"]).records
    first = {name: members[name] for name in ("finding.json", "proofs/finding.txt")}
    found = check(signed_again({**first, **added, **members}, signer, records=records))
    assert _problems(found) == {("records/1.warc", "added_record"), ("records/2.warc", "added_record")}


def test_a_probe_of_tls_may_stand_beside_what_is_cited(
    packed: Any, check: Callable[..., Any], signer: Signer
) -> None:
    """It shows whose key answered. What only says that it is one is no record of the round."""
    members, other = packed.members(packed.NOTHING), packed.members(packed.PROBE)
    added = {name: content for name, content in other.items() if "record" in name}
    records = PackContents.parse(other["pack.json"]).records
    first = {name: members[name] for name in ("finding.json", "proofs/finding.txt")}
    assert not check(signed_again({**first, **added, **members}, signer, records=records)).faults
    other = packed.members(packed.TEXT)
    added = {name: content for name, content in other.items() if "record" in name}
    added["records/2.warc"] = added["records/2.warc"].replace(b"URI: http://a.test/", b"URI: urn:tls:a.test")
    records = PackContents.parse(other["pack.json"]).records
    found = check(signed_again({**first, **added, **members}, signer, records=records))
    assert _problems(found) == {("records/1.warc", "added_record"), ("records/2.warc", "changed_record")}


def test_another_finding_of_the_round(packed: Any, check: Callable[..., Any], signer: Signer) -> None:
    members, other = packed.members(packed.TEXT), packed.members(packed.COOKIE)
    mixed = {**members, "finding.json": other["finding.json"]}
    assert ("finding.json", "changed_finding") in _problems(check(signed_again(mixed, signer)))


def test_another_signer(packed: Any, check: Callable[..., Any], signer: Signer) -> None:
    members = packed.members(packed.TEXT)
    stranger = Signer.generate()
    forged = signed_again(members, stranger)
    found = check(forged, trusted_key=signer.fingerprint)
    assert ("signer.pem", "foreign_signature") in _problems(found)
    assert {("manifest.json", "invalid_signature"), ("manifest.json", "foreign_signature")} <= _problems(
        found
    )
    found = check({**members, "signer.pem": stranger.public_pem})
    assert {("signer.pem", "changed_file"), ("pack.json", "foreign_signature")} <= _problems(found)
    wholly = dict(forged)
    for name in ("manifest", "findings.manifest"):
        values = json.loads(wholly[f"{name}.json"])
        wholly[f"{name}.json"] = canonical_line({**values, "key": stranger.fingerprint})
    values = json.loads(wholly["findings.manifest.json"])
    values["evidence"] = hashlib.sha256(wholly["manifest.json"]).hexdigest()
    wholly["findings.manifest.json"] = canonical_line(values)
    for name in ("manifest", "findings.manifest"):
        wholly[f"{name}.sig"] = stranger.sign(wholly[f"{name}.json"])
    wholly = signed_again(wholly, stranger)
    assert check(wholly).faults == ()  # a round of his own: only the published fingerprint tells
    assert _problems(check(wholly, trusted_key=signer.fingerprint)) == {("signer.pem", "foreign_signature")}


def test_the_manifest_of_another_round(
    packed: Any, check: Callable[..., Any], signer: Signer, sealed_origin: Any
) -> None:
    members = packed.members(packed.TEXT)
    swap = {
        name: (sealed_origin / folder / name).read_bytes()
        for folder, names in (
            ("evidence", ("manifest.json", "manifest.sig")),
            ("results", ("findings.manifest.json", "findings.manifest.sig")),
        )
        for name in names
    }
    evidence = {name: swap[name] for name in ("manifest.json", "manifest.sig")}
    found = check(signed_again({**members, **evidence}, signer))
    assert ("findings.manifest.json", "stale_findings") in _problems(found)
    assert ("proofs/record-1.txt", "invalid_proof") in _problems(found)
    findings = {name: swap[name] for name in ("findings.manifest.json", "findings.manifest.sig")}
    found = check(signed_again({**members, **findings}, signer))
    assert _problems(found) == {
        ("findings.manifest.json", "stale_findings"),
        ("proofs/finding.txt", "invalid_proof"),
    }
    found = check(signed_again({**members, **swap}, signer, round="another"))
    assert {
        ("proofs/finding.txt", "invalid_proof"),
        ("proofs/record-1.txt", "invalid_proof"),
        ("manifest.json", "changed_field"),
    } <= _problems(found)
    found = check(signed_again(members, signer, manifest="0" * 64))
    assert _problems(found) == {("pack.json", "changed_field")}


def test_an_edited_list_of_redactions(packed: Any, check: Callable[..., Any], signer: Signer) -> None:
    members = packed.members(packed.PERSONAL)
    contents = PackContents.parse(members["pack.json"])
    response = contents.records[1]
    for redactions in ({}, {**response.redactions, "mobile": 1}, {**response.redactions, "card": 1}):
        records = (contents.records[0], dataclasses.replace(response, redactions=redactions))
        edited = dataclasses.replace(contents, records=records).to_bytes()
        found = check({**members, "pack.json": edited})
        assert ("pack.json", "invalid_signature") in _problems(found)
        found = check(signed_again(members, signer, records=records))
        assert _problems(found) == {("records/2.redacted.txt", "changed_redaction")}
    finding = dataclasses.replace(contents.finding, redactions={"mobile": 7})
    found = check(signed_again(members, signer, finding=finding))
    assert _problems(found) == {("finding.redacted.json", "changed_redaction")}


def test_a_leaf_that_is_not_this_record_s(packed: Any, check: Callable[..., Any], signer: Signer) -> None:
    members = packed.members(packed.PERSONAL)
    contents = PackContents.parse(members["pack.json"])
    records = (contents.records[0], dataclasses.replace(contents.records[1], leaf="1" * 64))
    found = check(signed_again(members, signer, records=records))
    assert _problems(found) == {("proofs/record-2.txt", "invalid_proof")}
    whole = dataclasses.replace(contents.records[1], state="whole")
    renamed = {name.replace("2.redacted.txt", "2.warc"): content for name, content in members.items()}
    found = check(signed_again(renamed, signer, records=(contents.records[0], whole)))
    assert ("records/2.warc", "changed_record") in _problems(found)
    other = dataclasses.replace(contents.records[1], capture="c99999")
    found = check(signed_again(members, signer, records=(contents.records[0], other)))
    assert ("records/2.redacted.txt", "changed_record") in _problems(found)


def test_a_pack_of_the_first_format_still_verifies(
    packed: Any, check: Callable[..., Any], signer: Signer
) -> None:
    """It has no pages but its README; packs like it were handed out."""
    members = packed.members(packed.PERSONAL)
    pages = {"index.html", "verify.html"}
    older = {name: content for name, content in members.items() if name not in pages}
    assert check(signed_again(older, signer, format="govah-pack/1")).faults == ()
    assert _problems(check(signed_again(older, signer))) == {(name, "missing_file") for name in pages}
    both = signed_again(members, signer, format="govah-pack/1")
    assert _problems(check(both)) == {(name, "extra_file") for name in pages}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"format":"govah-pack/2"}\n',
        b'{"format":"govah-pack/2","finding":{},"records":[{}]}\n',
    ],
)
def test_a_table_of_contents_that_is_none(
    packed: Any, check: Callable[..., Any], signer: Signer, content: bytes
) -> None:
    members = {**packed.members(packed.TEXT), "pack.json": content, "pack.sig": signer.sign(content)}
    assert ("pack.json", "invalid_manifest") in _problems(check(members))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("round", 7),
        ("sums", None),
        ("records", [7]),
        ("records", None),
        ("finding", None),
        ("extra", "x"),
        ("rules", ["x"]),
        ("key", {"a": 1}),
        ("format", "govah-pack/3"),
    ],
)
def test_a_table_of_contents_with_other_types(
    packed: Any, check: Callable[..., Any], signer: Signer, field: str, value: Any
) -> None:
    members = packed.members(packed.TEXT)
    edited = canonical_line({**json.loads(members["pack.json"]), field: value})
    found = check({**members, "pack.json": edited, "pack.sig": signer.sign(edited)})
    assert ("pack.json", "invalid_manifest") in _problems(found)


def test_a_table_of_contents_in_another_form(packed: Any, check: Callable[..., Any], signer: Signer) -> None:
    members = packed.members(packed.TEXT)
    values = json.loads(members["pack.json"])
    backwards = canonical_line({**values, "records": values["records"][::-1]})
    for edited in (json.dumps(values, indent=1).encode(), members["pack.json"] + b"\n", backwards):
        found = check({**members, "pack.json": edited, "pack.sig": signer.sign(edited)})
        assert _problems(found) == {("pack.json", "invalid_manifest")}


@pytest.mark.parametrize("name", ["manifest.json", "findings.manifest.json"])
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"format":"x"}', b"[" * 100_000])
def test_a_manifest_that_is_none(
    packed: Any, check: Callable[..., Any], signer: Signer, name: str, content: bytes
) -> None:
    members = {
        **packed.members(packed.TEXT),
        name: content,
        name.replace(".json", ".sig"): signer.sign(content),
    }
    assert (name, "invalid_manifest") in _problems(check(signed_again(members, signer)))


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'{"agency"', b'{"agency":"b","agency"', 1),
        lambda line: line.replace(b'":', b'": ', 1),
        lambda line: line.replace(b'"observed":{', b'"observed":{"a":NaN,', 1),
        lambda line: line.replace(b'"observed":{', b'"observed":{"a":' + b"[" * 101 + b"]" * 101 + b",", 1),
    ],
)
@pytest.mark.parametrize("name", ["finding.json", "manifest.json", "findings.manifest.json"])
def test_json_that_two_readers_may_read_as_two_things(
    packed: Any, check: Callable[..., Any], signer: Signer, name: str, change: Callable[[bytes], bytes]
) -> None:
    """The holder of the key signed it; a finding even has its leaf in the table of contents."""
    members = packed.members(packed.TEXT)
    edited = change(members[name])
    if edited == members[name]:
        edited = members[name].replace(b'"format"', b'"format":"x","format"', 1)
    forged = {**members, name: edited, name.replace(".json", ".sig"): signer.sign(edited)}
    forged = {key: content for key, content in forged.items() if key != "finding.sig"}
    contents = PackContents.parse(members["pack.json"])
    finding = dataclasses.replace(contents.finding, leaf=leaf_hash(forged["finding.json"]).hex())
    problem = "changed_finding" if name == "finding.json" else "invalid_manifest"
    assert (name, problem) in _problems(check(signed_again(forged, signer, finding=finding)))


def test_a_key_with_more_around_it(packed: Any, check: Callable[..., Any], signer: Signer) -> None:
    members = signed_again(packed.members(packed.TEXT), signer)
    members["signer.pem"] = b"hello\n" + members["signer.pem"]
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    listed = sums({name: digest for name, digest in digests.items() if name not in UNSUMMED})
    contents = PackContents.parse(members["pack.json"])
    signed = dataclasses.replace(contents, sums=hashlib.sha256(listed).hexdigest()).to_bytes()
    members |= {"SHA256SUMS": listed, "pack.json": signed, "pack.sig": signer.sign(signed)}
    assert _problems(check(members)) == {("signer.pem", "changed_file")}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("count", 11.0),
        ("count", True),
        ("count", "11"),
        ("count", -1),
        ("count", 10**30),
        ("root", "0" * 64),
        ("root", None),
        ("root", "A" * 64),
        ("shards", []),
        ("shards", {"shard-0001": 7}),
        ("shards", {}),
    ],
)
def test_trees_of_another_kind_in_the_manifest(
    packed: Any, check: Callable[..., Any], signer: Signer, field: str, value: Any
) -> None:
    """Signed by the key, so that only the proofs tell."""
    members = packed.members(packed.TEXT)
    manifest = json.loads(members["manifest.json"])
    trees = manifest["records"]
    (trees["shards"]["shard-0001"] if field == "count" else trees)[field] = value
    signed = canonical_line(manifest)
    forged = {**members, "manifest.json": signed, "manifest.sig": signer.sign(signed)}
    found = _problems(check(signed_again(forged, signer)))
    assert ("findings.manifest.json", "stale_findings") in found
    assert any(problem == "invalid_proof" for _, problem in found)


@pytest.mark.parametrize(
    "text",
    [
        "\u202e\u2066evil\u2069\u200f\u061c",
        "<script>document.title = 'x'</script><img src=x onerror=\"document.title = 'x'\">",
        "</script></style></title><svg onload=alert(1)>",
        "{count} {detail} `code` \\u0041 &amp; ]]>",
        "\U000e0041\u2028\u2029\ufeff",
        "ی" * 200_000,
        "[redacted:mobile:1]",
        "__proto__",
    ],
    ids=range(8),
)
@pytest.mark.parametrize("place", ["round", "agency", "capture"])
def test_hostile_text(packed: Any, check: Callable[..., Any], signer: Signer, text: str, place: str) -> None:
    """Whatever it says, it is a fault by its name."""
    members = packed.members(packed.TEXT)
    contents = PackContents.parse(members["pack.json"])
    if place == "agency":
        line = canonical_line({**json.loads(members["finding.json"]), "agency": text, text: text})[:-1]
        found = check(signed_again({**members, "finding.json": line}, signer))
        assert ("finding.json", "changed_finding") in _problems(found)
    elif place == "capture":
        records = tuple(dataclasses.replace(record, capture=text) for record in contents.records)
        found = check(signed_again(members, signer, records=records))
        assert {("finding.json", "unknown_capture"), ("records/1.warc", "added_record")} <= _problems(found)
    else:
        found = check(signed_again(members, signer, round=text))
        assert _problems(found) == {
            ("manifest.json", "changed_field"),
            ("findings.manifest.json", "changed_field"),
        }


@pytest.mark.parametrize("name", ["PERSONAL", "SEEN", "MANY"])
def test_whatever_byte_of_the_zip_is_changed_it_is_named(
    packed: Any, check: Callable[..., Any], name: str
) -> None:
    """Bits and whole bytes anywhere, and bytes of the directory and of the first member's head, thoroughly each."""
    whole = packed.bytes(getattr(packed, name))
    draw = random.Random(5)
    directory = struct.unpack_from("<L", whole, len(whole) - 6)[0]
    anywhere = draw.sample(range(len(whole)), tries(50, 1_500))
    places = [*anywhere, *spread(range(directory, len(whole)), 12), *spread(range(60), 4)]
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= draw.choice([1 << draw.randrange(8), draw.randrange(1, 256)])
        assert check(bytes(changed)).faults, place


def test_whatever_byte_is_put_in_or_taken_out_it_is_named(packed: Any, check: Callable[..., Any]) -> None:
    whole = packed.bytes(packed.PERSONAL)
    draw = random.Random(6)
    for place in draw.sample(range(len(whole)), tries(30, 600)):
        assert check(whole[:place] + bytes([draw.randrange(256)]) + whole[place:]).faults, place
        assert check(whole[:place] + whole[place + 1 :]).faults, place


def test_every_problem_has_a_text(packed: Any, check: Callable[..., Any]) -> None:
    found = check({**packed.members(packed.TEXT), "more.txt": b"", "finding.json": b""})
    for language in ("fa", "en"):
        for fault in found.faults:
            assert TextCatalogue(language).text(f"fault.{fault.problem}", detail=fault.detail)


def test_proofs_that_are_none_parse_to_nothing() -> None:
    for text in (
        b"",
        b"leaf\n",
        b"\xff",
        b"leaf " + b"0" * 64,
        b"leaf " + b"0" * 64 + b"\nleft " + b"0" * 64 + b"\n",
    ):
        assert parse_proof(text) is None
