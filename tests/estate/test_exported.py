"""The audit of the estate as a package for the archives of others: whole, true to the seal, without a cookie."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.store import EvidenceStore

_SHORTEST = 6  # of a cookie's value that can be told from other words


def test_every_page_of_the_browser_is_handed_on_and_no_cookie_is(audit: Any, tmp_path: Path) -> None:
    target = tmp_path / "estate.wacz"
    command = [
        sys.executable,
        "-m",
        "govah",
        "export",
        str(audit.round),
        "wacz",
        "--output",
        str(target),
        "--json",
    ]
    environment = {**os.environ, "GOVAH_LANG": "en"}
    told = json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    )
    with EvidenceStore.open(audit.round / "evidence") as store:
        pages = [capture for capture in store.captures(kind="page") if store.body(capture.id)]
        cookies = {
            value.partition(";")[0].partition("=")[2].strip()
            for capture in store.captures(kind="http")
            if isinstance(capture.facts, HttpFacts)
            for value in capture.facts.header_all("set-cookie")
        }
    assert told["pages"] == len(pages) > 40 and not told["left_out"].get("unsettled_page")
    secrets = [value.encode() for value in cookies if len(value) >= _SHORTEST]
    assert secrets
    with zipfile.ZipFile(target) as package:
        leaves = {line.split()[0] for line in package.read("govah/records.txt").decode().splitlines()}
        index = gzip.decompress(package.read("indexes/index.cdx.gz")).decode().splitlines()
        listed = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()[1:]]
        archives = {name: package.read(name) for name in package.namelist() if name.startswith("archive/")}
    assert {line["id"] for line in listed} == {capture.id for capture in pages}
    titles = {capture.id: capture.facts.title for capture in pages if isinstance(capture.facts, PageFacts)}
    assert any(line["title"] == titles[line["id"]] for line in listed)
    sealed = 0
    for line in index:
        values = json.loads(line.split(" ", 2)[2])
        start, length = int(values["offset"]), int(values["length"])
        record = gzip.decompress(archives[f"archive/{values['filename']}"][start : start + length])
        assert not [secret for secret in secrets if secret in record], values["url"]
        leaf = hashlib.sha256(b"\0" + record).hexdigest()
        assert (leaf in leaves) != (b"\r\nGovah-Copy-Of: " in record)
        sealed += leaf in leaves
    assert sealed == told["records"]["sealed"]
