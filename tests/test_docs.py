"""Documentation cannot rot: every command, option, reason, problem code and check is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from checks.engine import CHECKS
from govah.cli import app
from reports.catalogue import LANGUAGES, Catalogue
from scoring.load import load_model

CHECK_IDS = frozenset(check.id for check in CHECKS)
ROOT = Path(__file__).parents[1]
DOCS = "\n".join(
    path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
)

# The closed lists of the contract.
SERVICE_REASONS = """transaction_entry tracking_entry login_wall interaction_only dead_link soft_404 redirects_home
under_construction hollow information_only form_download_only in_person_only wrong_service blocked unreachable
server_error needs_browser robots limit not_attempted no_match ambiguous own_error""".split()
LINK_REASONS = """not_found gone soft_404 server_error dns redirect_loop missing_fragment tls blocked timeout refused
reset robots limit own_error""".split()
HOST_PROBLEMS = """no_https expired not_yet_valid expires_soon name_mismatch cn_only self_signed untrusted national_only
incomplete_chain misordered_chain intermediate_expired revoked weak_key weak_signature wrong_usage obsolete_protocol
no_modern_protocol weak_cipher anonymous_cipher no_forward_secrecy weak_dh http_not_redirected https_downgrade
redirect_loop hsts_missing hsts_invalid hsts_short mixed_content insecure_cookie form_to_http""".split()
FRESHNESS_REASONS = """static undeclared no_update_2y stale_admitted stale_proven fresh due overdue claimed_fresh
touched_unchanged""".split()
USABILITY_REASONS = """usable spreadsheet_only untidy_table undeclared_encoding not_obtainable soft_404 document_only
undecodable broken_table empty wrong_format blocked unreachable server_error limit own_error not_attempted""".split()
REASONS = sorted({*SERVICE_REASONS, *LINK_REASONS, *HOST_PROBLEMS, *FRESHNESS_REASONS, *USABILITY_REASONS})
UNFETCHED = "robots scope depth max_pages time_budget trap duplicate scheme blocked_agency".split()


def _commands() -> list[tuple[str, list[str]]]:
    """(command, its options) of the whole command line."""
    found = []

    def walk(command: object, path: str) -> None:
        options = [o for p in command.params for o in p.opts if o.startswith("--")]  # type: ignore[attr-defined]
        children = getattr(command, "commands", {})
        if not children:
            found.append((path, options))
        for name, child in children.items():
            walk(child, f"{path} {name}")

    walk(typer.main.get_command(app), "govah")
    return found


@pytest.mark.parametrize(("command", "options"), _commands())
def test_every_command_and_option_is_in_the_handbook(command: str, options: list[str]) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = re.search(rf"^## `{command}[ `].*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section is not None, f"docs/commands.md has no section for {command}"
    common = {"--help", "--quiet", "--json", "--install-completion", "--show-completion"}
    missing = [option for option in options if option not in common and f"`{option}" not in section.group()]
    assert not missing


def test_the_common_options_are_documented_once() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert all(f"`{option}`" in page for option in ("--help", "--version", "--quiet", "--json"))


@pytest.mark.parametrize("code", [*REASONS, *UNFETCHED])
def test_every_reason_is_documented(code: str) -> None:
    assert f"`{code}`" in DOCS


@pytest.mark.parametrize("check", sorted(CHECK_IDS))
def test_every_check_is_documented(check: str) -> None:
    assert f"`{check}`" in DOCS or f"`{check.partition('.')[0]}.<id>`" in DOCS


@pytest.mark.parametrize("indicator", sorted(load_model("ir-portals", ROOT).indicator_ids))
def test_every_indicator_is_documented(indicator: str) -> None:
    assert re.search(rf"\b{indicator}\b", DOCS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_check_has_a_text(language: str) -> None:
    catalogue = Catalogue("fa" if language == "fa" else "en")
    missing = [f"reason.{code}" for code in REASONS if not catalogue.has(f"reason.{code}")]
    missing += [f"unfetched.{code}" for code in UNFETCHED if not catalogue.has(f"unfetched.{code}")]
    missing += [f"check.{check}" for check in CHECK_IDS if not catalogue.has(f"check.{check}")]
    assert not missing


def test_links_between_the_pages_resolve() -> None:
    broken = []
    for page in [ROOT / "README.md", ROOT / "fixtures" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken
