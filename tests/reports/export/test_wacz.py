"""An exported file: what is in it, what is not, and that every part of it fits every other."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from base64 import b32encode
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from reports.export import wacz
from reports.export.cdxj import CdxjEntry, CdxjIndex, key

REPLAY = "dom-serialised; made inert for replay"
BLANKED = "wire; values of cookies and keys blanked"


def read(record: bytes) -> Any:
    """The record as another program reads it."""
    (found,) = list_of(record)
    return found


def list_of(content: bytes) -> list[Any]:
    found = []
    for record in ArchiveIterator(io.BytesIO(content), check_digests="raise"):
        record.body = record.content_stream().read()
        found.append(record)
    return found


def head(record: bytes) -> str:
    return record.partition(b"\r\n\r\n")[0].decode("ascii")


def test_the_package_lists_each_file_with_its_hash(opened: Any) -> None:
    package = opened.package
    assert (package["profile"], package["wacz_version"]) == ("data-package", "1.1.1")
    listed = {resource["path"]: resource for resource in package["resources"]}
    own = {"datapackage.json", "datapackage-digest.json"}
    assert listed.keys() == opened.files.keys() - own
    for path, content in opened.files.items():
        if path not in own:
            assert listed[path]["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
            assert listed[path]["bytes"] == len(content)
    digest = json.loads(opened.files["datapackage-digest.json"])
    expected = hashlib.sha256(opened.files["datapackage.json"]).hexdigest()
    assert digest == {"path": "datapackage.json", "hash": f"sha256:{expected}"}
    assert {info.compress_type for info in opened.infos.values()} == {zipfile.ZIP_STORED}
    assert package["metadata"] == {"title": package["title"], "desc": package["description"]}
    assert "بی‌اثر" in package["description"] and package["govah"]["agencies"] == ["a", "b", "c"]
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names) and all(re.fullmatch("[a-z0-9._-]+", name) for name in names)


def test_every_line_of_the_index_points_at_its_record(opened: Any) -> None:
    lines = opened.lines
    assert [f"{k} {stamp}" for k, stamp, _ in lines] == sorted(f"{k} {stamp}" for k, stamp, _ in lines)
    for _, stamp, values in lines:
        packed = opened.files[f"archive/{values['filename']}"]
        start, length = int(values["offset"]), int(values["length"])
        member = packed[start : start + length]
        assert values["recordDigest"] == f"sha256:{hashlib.sha256(member).hexdigest()}"
        record = read(opened.record(values))
        assert record.rec_headers["WARC-Target-URI"] == values["url"]
        assert re.sub(r"\D", "", record.rec_headers["WARC-Date"])[:14] == stamp
        assert values["digest"] == "sha256:" + b32encode(hashlib.sha256(record.body).digest()).decode()
        if record.http_headers is not None:
            assert record.http_headers.get_statuscode() == values["status"]
            assert record.http_headers["Content-Type"].startswith(values["mime"])


def test_every_record_is_in_the_index_once(opened: Any) -> None:
    members = Counter((values["filename"], int(values["offset"])) for _, _, values in opened.lines)
    assert set(members.values()) == {1}
    found = 0
    for path, content in opened.files.items():
        if path.startswith("archive/"):
            records = list_of(content)
            fast = list(FastIterator(io.BytesIO(content), parse_http=False))
            assert [r.rec_headers["WARC-Record-ID"] for r in records] == [r.record_id for r in fast]
            assert records[0].rec_type == "warcinfo"
            assert all(record.rec_type in ("response", "resource") for record in records[1:])
            found += len(records) - 1
    assert found == len(members)


def test_the_blocks_of_the_index_are_where_their_list_says(opened: Any) -> None:
    first, *blocks = opened.files["indexes/index.idx"].decode().splitlines()
    assert first == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    data = opened.files["indexes/index.cdx.gz"]
    at = 0
    for line in blocks:
        _, _, place = line.split(" ", 2)
        values = json.loads(place)
        block = data[at : at + values["length"]]
        assert values["offset"] == at
        assert values["digest"] == f"sha256:{hashlib.sha256(block).hexdigest()}"
        at += values["length"]
    assert at == len(data)


def test_each_page_of_the_list_is_a_page_of_the_browser_and_in_the_index(opened: Any) -> None:
    indexed = {(values["url"], stamp): values for _, stamp, values in opened.lines}
    assert json.loads(opened.files["pages/pages.jsonl"].splitlines()[0])["format"] == "json-pages-1.0"
    for page in opened.pages:
        stamp = re.sub(r"\D", "", page["ts"])[:14]
        values = indexed[page["url"].partition("#")[0], stamp]
        record = read(opened.record(values))
        assert (record.rec_type, record.rec_headers["Govah-Fidelity"]) == ("resource", REPLAY)
        assert page["fidelity"] == REPLAY
        assert record.rec_headers["Govah-Copy-Leaf"] == page["leaf"]
        assert page["leaf"] in opened.leaves
    assert [page["url"] for page in opened.pages] == [
        "https://a.test/",
        "https://a.test/new",
        "https://a.test/app#/one",
        "https://a.test/slow",
        "https://b.test/",
        "https://b.test/said",
    ]
    assert opened.pages[1]["asked"] == "https://a.test/old"
    assert (opened.pages[3]["finished"], opened.pages[3]["failure"]) == (False, "timeout")


def test_what_a_page_loads_goes_along_and_nothing_else(opened: Any) -> None:
    urls = Counter(values["url"] for _, _, values in opened.lines)
    assert {url for url in urls if not url.startswith("urn:")} == {
        "https://a.test/",
        "https://a.test/app",
        "https://a.test/f.woff2",
        "https://a.test/in-css.png",
        "https://a.test/logo.png",
        "https://a.test/moved.png",
        "https://a.test/new",
        "https://a.test/old",
        "https://a.test/s.css",
        "https://a.test/slow",
        "https://b.test/",
        "https://b.test/said",
        "https://cdn.test/x.png",
    }
    assert set(urls.values()) == {1}  # the answer at a page's address would replay in its place
    assert b"never shown" not in b"".join(opened.record(values) for _, _, values in opened.lines)
    assert "urn:screenshot:https://a.test/" in urls


def test_a_replayed_page_is_the_tree_without_what_acts(opened: Any) -> None:
    (record,) = opened.of_url("https://a.test/")
    body = read(record).body
    assert b'<link rel="stylesheet" href="s.css">' in body and "<p>متن</p>".encode() in body
    assert not re.search(rb"script|onload|behind a tab", body)
    (sealed,) = opened.of_url("urn:page:https://a.test/")
    assert b"alert(1)" in sealed and b"behind a tab" in sealed


def test_copies_are_sealed_records_and_the_others_name_theirs(opened: Any, leaf_of: Any) -> None:
    kinds: Counter[str] = Counter()
    for _, _, values in opened.lines:
        record = opened.record(values)
        lines = dict(line.split(": ", 1) for line in head(record).split("\r\n")[1:])
        kinds[lines["Govah-Fidelity"]] += 1
        if lines["Govah-Fidelity"] in (REPLAY, BLANKED):
            assert lines["Govah-Copy-Leaf"] in opened.leaves and leaf_of(record) not in opened.leaves
            assert re.fullmatch("<urn:uuid:[0-9a-f-]{36}>", lines["Govah-Copy-Of"])
            assert "Govah-Capture" not in lines
        else:
            assert leaf_of(record) in opened.leaves and "Govah-Copy-Of" not in lines
    assert kinds == {REPLAY: 6, BLANKED: 3, "wire": 4, "dom-serialised": 4, "rendered": 1}


def test_no_value_of_a_cookie_leaves(opened: Any, secret: str) -> None:
    for path, content in opened.files.items():
        assert secret.encode() not in content, path
    for _, _, values in opened.lines:
        assert secret.encode() not in opened.record(values), values["url"]
    (sheet,) = opened.of_url("https://a.test/s.css")
    assert b"\r\nSet-Cookie: session=; Path=/; HttpOnly\r\n" in sheet
    assert read(sheet).body.startswith(b"body{background")
    left_out = {"answer": 1, "cookies_in_page": 2, "empty_page": 1, "unsettled_page": 1}
    assert opened.package["govah"]["left_out"] == left_out
    assert not opened.of_url("urn:page:https://b.test/") and opened.of_url("https://b.test/")


def test_a_hostile_title_is_visible_and_harmless(opened: Any) -> None:
    listed = opened.files["pages/pages.jsonl"]
    assert listed.isascii()
    title = opened.pages[0]["title"]
    assert "⟦U+202E⟧" in title and "{tail}" in title and "ترا‌بری" in title
    assert not [char for char in title if char != "\u200c" and unicodedata.category(char)[0] == "C"]
    assert opened.pages[1]["title"] == "https://a.test/new"


@pytest.mark.processes
def test_the_same_evidence_gives_the_same_bytes_anywhere(scene: Any, exported: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from reports.export import wacz;"
        "wacz.export(Path(sys.argv[1]), Path(sys.argv[2]), wacz.RoundInfo('1404-1', 'دور', 'fa',"
        " (('a', 'A'), ('b', 'B'), ('c', 'C')), '0'))"
    )
    target = tmp_path / "again.wacz"
    environment = {"PYTHONHASHSEED": "77", "TZ": "Asia/Tehran", "LC_ALL": "C", "PYTHONPATH": str(Path.cwd())}
    subprocess.run(
        [sys.executable, "-c", code, str(scene.evidence), str(target)],
        check=True,
        env=environment,
        cwd=Path(__file__).parents[3],
    )
    assert target.read_bytes() == exported.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.wacz"]


def test_time_stamps_over_the_seal_go_along(scene: Any, tmp_path: Path, take_apart: Any) -> None:
    evidence = Path(shutil.copytree(scene.evidence, tmp_path / "evidence"))
    stamps = {f"manifest.{'0a' * 8}.tsq": b"asked", f"manifest.{'0a' * 8}.tsr": b"stamped"}
    for name, content in stamps.items():
        (evidence / name).write_bytes(content)
    wacz.export(evidence, tmp_path / "a.wacz", scene.about("a"))
    opened = take_apart(tmp_path / "a.wacz")
    assert {name: opened.files[f"govah/{name}"] for name in stamps} == stamps


def test_one_agency_alone(scene: Any, tmp_path: Path, take_apart: Any) -> None:
    written = wacz.export(scene.evidence, tmp_path / "b.wacz", scene.about("b"))
    opened = take_apart(tmp_path / "b.wacz")
    assert {page["agency"] for page in opened.pages} == {"b"} and written.pages == 2
    assert not [values for _, _, values in opened.lines if "a.test" in values["url"]]
    assert written.sha256 == hashlib.sha256((tmp_path / "b.wacz").read_bytes()).hexdigest()


def test_an_agency_that_was_never_rendered_has_no_pages(scene: Any, tmp_path: Path, take_apart: Any) -> None:
    written = wacz.export(scene.evidence, tmp_path / "c.wacz", scene.about("c"))
    opened = take_apart(tmp_path / "c.wacz")
    assert written.pages == 0 and opened.pages == [] and opened.lines == []
    (info,) = list_of(opened.files["archive/data-00001.warc.gz"])
    assert info.rec_type == "warcinfo"


def test_many_records_turn_to_further_files(scene: Any, tmp_path: Path, take_apart: Any) -> None:
    wacz.export(scene.evidence, tmp_path / "a.wacz", scene.about("a", "b"), file_bytes=4_000)
    opened = take_apart(tmp_path / "a.wacz")
    names = sorted(path for path in opened.files if path.startswith("archive/"))
    assert len(names) > 2
    assert {values["filename"] for _, _, values in opened.lines} == {name.partition("/")[2] for name in names}
    for _, _, values in opened.lines:
        assert read(opened.record(values)).rec_headers["WARC-Target-URI"] == values["url"]


def test_an_index_of_many_blocks_is_in_order(tmp_path: Path, scene: Any) -> None:
    index = CdxjIndex(tmp_path / "draft")
    urls = [f"https://h{n % 7}.test/{n}" for n in range(5000)]
    for n, url in enumerate(urls):
        index.add(CdxjEntry(url, scene.time, "text/css", 200, "sha256:A", "0", "data-00001.warc.gz", n, 1))
    blocks: list[bytes] = []
    listed = index.write(blocks.append).decode().splitlines()[1:]
    index.close()
    assert len(blocks) == len(listed) == 5
    assert [line.split(" ")[0] for line in listed] == sorted(line.split(" ")[0] for line in listed)
    assert listed[0].startswith(f"{min(map(key, urls))} ")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.Example.com:8080/A/b?z=1&a=2", "com,example:8080)/a/b?a=2&z=1"),
        ("http://127.0.0.1/", "1,0,0,127)/"),
        ("http://xn--mgbab2bd.ir/%D8%A7", "ir,xn--mgbab2bd)/%d8%a7"),
        ("http://www2.a.test", "test,a)/"),
        ("urn:page:https://a.test/", "urn:page:https://a.test/"),
        ("https://", "https://"),
    ],
)
def test_keys_are_those_that_viewers_look_up(url: str, expected: str) -> None:
    assert key(url) == expected


@pytest.mark.processes
@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_commands_of_the_text_check_the_file(opened: Any, tmp_path: Path, language: str) -> None:
    for path, content in opened.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    text = opened.files[f"govah/readme-{language}.txt"].decode()
    assert opened.package["govah"]["key"] in text
    lines = [line for line in text.splitlines() if re.match(r"openssl|grep|leaf=", line)]
    assert len(lines) == 6
    values = next(v for _, _, v in opened.lines if v["url"] == "urn:screenshot:https://a.test/")
    place = f"file={values['filename']} offset={values['offset']} length={values['length']}"
    with (tmp_path / "archive" / values["filename"]).open("ab") as archive:
        archive.write(
            bytes(200_000)
        )  # more than a pipe holds: whoever writes on past the record is killed for it
    script = "\n".join(["set -e -o pipefail", place, *lines])
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path / "govah", capture_output=True, text=True, check=True
    )
    said = done.stdout
    assert said.startswith(opened.package["govah"]["key"])
    for word in ("Signature Verified Successfully", "SHA256SUMS: OK", "records.txt: OK", "the sealed one"):
        assert word in said
    other = next(v for _, _, v in opened.lines if v["url"] == "https://a.test/")
    made_anew = script.replace(
        place, f"file={other['filename']} offset={other['offset']} length={other['length']}"
    )
    assert subprocess.run(["bash", "-c", made_anew], cwd=tmp_path / "govah", capture_output=True).returncode


@pytest.mark.processes
@pytest.mark.thorough
def test_memory_does_not_grow_with_the_round(new_scene: Any, tmp_path: Path) -> None:
    peaks = []
    for pages in (5, 65):
        scene = new_scene(str(pages))
        dom = "<p>" + "متن " * 40_000
        with scene.open() as writer:
            for number in range(pages):
                scene.page(writer, "a", f"https://a.test/{number}", f"{dom}{number}")
        scene.seal()
        code = (
            "import resource, sys; from pathlib import Path; from reports.export import wacz;"
            "print(wacz.export(Path(sys.argv[1]), Path(sys.argv[2]), wacz.RoundInfo('r', 't', 'en', (('a', 'A'),), '0')).pages,"
            " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        command = [sys.executable, "-c", code, str(scene.evidence), str(tmp_path / f"{pages}.wacz")]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
        )
        exported, peak = map(int, done.stdout.split())
        assert exported == pages
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 8_000  # kB; the trees of the pages that are more are 16 MB
