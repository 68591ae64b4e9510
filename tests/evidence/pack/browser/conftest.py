"""verify.html in the real browser, opened from the disk as a reader opens it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from crawler.browser.launch import find_browser
from evidence.fault import Faults
from evidence.pack.verifier import PackVerification, verify_pack
from evidence.pack.witnesses import pack_witnesses
from reports.verifier.page import verify_page
from tests.depth import tries
from tests.evidence.pack.canonical import zipped

# Of the packs that one test makes, these are checked in the browser as well; a hundred changed bytes are read by the
# same lines, and thorough tests change seven thousand.
FIRST, EVERY = tries(8, 100), tries(25, 10)
ROWS = 4  # one in so many rows of each table of attacks is usual
# The page reads a time stamp and does not ask who signed it, which it says: docs/verify.md.
NOT_ASKED = "its signature does not fit"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Usually some of the attacks: `govah verify` is asked about each, and the page reads them by the same lines."""
    rows = Counter[str]()
    for item in items:
        if item.path.name == "test_same_verdict.py":
            table = item.nodeid.partition("[")[0]
            if rows[table] % ROWS:
                item.add_marker(pytest.mark.thorough)
            rows[table] += 1


@dataclass
class Verifier:
    """The page. requests: whatever it asked of anybody. said: what it wrote to the console, and errors."""

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    run: int = 0

    def open(self, address: str) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(address)
        self.requests.clear()

    def verify(self, files: Sequence[Path], published: str = "") -> tuple[str, set[tuple[str, str]]]:
        """(verdict, faults as (file, problem))"""
        self.page.eval_on_selector("#published", "(input, value) => { input.value = value; }", published)
        self.page.set_input_files("input[type=file]", files)
        self.run += 1
        verdict = self.page.wait_for_selector(f'#verdict[data-run="{self.run}"]', timeout=30_000)
        assert verdict is not None
        faults = self.page.eval_on_selector_all(
            "#verdict li", "rows => rows.map(({ dataset }) => [dataset.file, dataset.problem])"
        )
        return str(verdict.get_attribute("data-verdict")), {(file, problem) for file, problem in faults}

    def witnesses(self) -> dict[str, str]:
        """Certificates whose key signed a handshake, by capture."""
        rows = self.page.eval_on_selector_all(
            "[data-capture]", "rows => rows.map((row) => [row.dataset.capture, row.textContent])"
        )
        return {capture: text.split()[3] for capture, text in rows}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = find_browser()
    assert executable is not None, "no browser: run scripts/install-browser"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def verify_html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "verify.html"
    path.write_bytes(verify_page())
    return path


@pytest.fixture(scope="module")
def kept_verifier(browser: Browser, verify_html: Path) -> Verifier:
    made = Verifier(browser.new_page())
    made.open(verify_html.as_uri())
    return made


@pytest.fixture
def verifier(browser: Browser, verify_html: Path) -> Iterator[Verifier]:
    """One of its own."""
    made = Verifier(browser.new_page())
    made.open(verify_html.as_uri())
    yield made
    made.page.close()


@pytest.fixture
def check(tmp_path: Path, kept_verifier: Verifier) -> Callable[..., PackVerification]:
    """What `govah verify` says, once the page said the same: verdict, faults and their files."""
    packs = 0

    def verified(members: dict[str, bytes] | bytes, **options: Any) -> PackVerification:
        nonlocal packs
        path = tmp_path / "pack.zip"
        path.write_bytes(members if isinstance(members, bytes) else zipped(members.items()))
        found = verify_pack(path, **options)
        packs += 1
        if "authority_roots" not in options and (packs <= FIRST or packs % EVERY == 0):
            compare(kept_verifier, path, found, options.get("trusted_key", ""))
        return found

    return verified


def compare(verifier: Verifier, path: Path, found: PackVerification, published: str = "") -> None:
    """The page verifies handshakes as `govah verify --witness` does."""
    verdict, told = verifier.verify([path], published)
    faults = Faults()
    faults.extend(found.faults)
    known = None
    if found.contents is not None and not found.faults:
        known = pack_witnesses(path, found.contents, faults)
    wanted = {(fault.file, fault.problem) for fault in faults.found() if fault.detail != NOT_ASKED}
    assert told == wanted
    assert verdict == ("fails" if wanted else "verifies")
    proofs = known.proofs if known is not None else {}
    assert verifier.witnesses() == {id_: proof.certificate for id_, proof in proofs.items()}
    assert (verifier.requests, verifier.said) == ([], [])
