"""`scrapy` in the folder of a round: spiders alone, a shell with evidence, a shell on what is sealed, contracts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evidence.store import EvidenceStore
from tests import command_server
from tests.crawler.conftest import Kit, Site, answer
from tests.crawler.spiders.rounds import written_round

pytestmark = [pytest.mark.sockets, pytest.mark.processes]

SPIDERS = """
from crawler.spiders.base import AuditSpider

class Forms(AuditSpider):
    name = "forms"

    def parse(self, response):
        \"\"\"
        @url http://a.test/
        @returns items 2 2
        @scrapes action
        \"\"\"
        for form in response.css("form"):
            yield {"action": form.attrib["action"]}
"""
PAGES = {
    "/": answer(
        "<title>home</title><form action=/1></form><form action=/2></form><a href=/page>p</a><img src=/i.png>"
    ),
    "/page": answer("<p>page"),
    "/service": answer("<form action=/go><input name=a></form>"),
    "/data.csv": answer("a,b\n1,2\n", kind="text/csv"),
}


@pytest.fixture
def site(kit: Kit) -> Site:
    return kit.site(PAGES)


@pytest.fixture
def round_folder(tmp_path: Path, site: Site) -> Path:
    folder = written_round(tmp_path, site)
    settings = folder / "round.toml"
    named = settings.read_text(encoding="utf-8").replace(
        "[crawl]", '[crawl]\nspiders = ["body_spiders.Forms"]'
    )
    settings.write_text(named, encoding="utf-8")
    (folder / "body_spiders.py").write_text(SPIDERS)
    return folder


def scrapy(folder: Path, *arguments: str, status: int = 0, lang: str = "en") -> str:
    """Forked where everything is imported, instead of `python -m scrapy` in that folder."""
    as_module = f"import os, sys; os.chdir({str(folder)!r}); sys.path[0] = {str(folder)!r}; sys.argv = {['scrapy', *arguments]!r}"
    ended = command_server.govah(
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "GOVAH_LANG": lang},
        before=f"{as_module}; from scrapy.cmdline import execute; execute()",
        timeout=120,
    )
    assert ended.returncode == status, ended.stderr + ended.stdout
    return ended.stdout + ended.stderr


def test_the_spiders_of_the_audit_and_of_the_round_are_listed(round_folder: Path) -> None:
    said = scrapy(round_folder, "list").split()
    assert said == ["agency", "datasets", "forms", "hosts", "links", "portal", "services"]


@pytest.mark.parametrize(
    ("spider", "asked"),
    [
        ("datasets", {"/data.csv"}),
        ("services", {"/", "/service"}),
        ("portal", {"/", "/page"}),
        ("links", {"/", "/page", "/i.png"}),
        ("hosts", {"/"}),
        ("forms", {"/"}),
    ],
)
def test_one_spider_alone_visits_one_agency_into_a_trial(
    round_folder: Path, site: Site, spider: str, asked: set[str]
) -> None:
    before = sorted(round_folder.iterdir())
    said = scrapy(round_folder, "crawl", spider, "-a", "agency=a")
    assert said.startswith("The crawl is complete.\n")
    trial = round_folder / "trials" / f"{spider}-a-1"
    assert str(trial.relative_to(round_folder)) in said
    with EvidenceStore.open(trial / "evidence") as store:
        assert store.manifest_sha256 is not None
        assert {c.agency for c in store.captures()} == {"a"}
    paths = {one.path for one in site.asked}
    known = {"/", "/page", "/service", "/data.csv", "/i.png"}
    assert paths & known >= asked and (spider == "links" or "/i.png" not in paths)
    assert ("/service" in paths, "/data.csv" in paths) == (spider == "services", spider == "datasets")
    assert sorted(round_folder.iterdir()) == sorted(
        [*before, round_folder / "trials", *_compiled(round_folder)]
    )


def _compiled(folder: Path) -> list[Path]:
    return [path for path in (folder / "__pycache__",) if path.exists()]


def test_what_is_missing_is_said(round_folder: Path, tmp_path: Path) -> None:
    assert "It has a, b." in scrapy(round_folder, "crawl", "forms", "-a", "agency=c", status=2)
    assert "Which agency? Give -a agency=ID, or -s GOVAH_AGENCY=ID, of a, b." in scrapy(
        round_folder, "crawl", "forms", status=2
    )
    assert "Spider not found: form" in scrapy(round_folder, "crawl", "form", "-a", "agency=a", status=2)
    assert "-a x: a trial takes" in scrapy(round_folder, "crawl", "forms", "-a", "x=1", status=2)
    (round_folder / "round.toml").unlink()
    said = scrapy(round_folder, "crawl", "hosts", "-a", "agency=a", status=2)
    assert "is no round" in said and said.splitlines()[-1].startswith("round.toml: ")
    assert not (round_folder / "trials").exists()


def test_what_is_said_is_in_the_language_of_the_user(round_folder: Path) -> None:
    assert "این دور دستگاهی با شناسهٔ c ندارد" in scrapy(
        round_folder, "crawl", "forms", "-a", "agency=c", status=2, lang="fa"
    )
    told = scrapy(round_folder, "crawl", "forms", "-a", "agency=a", lang="fa")
    assert "خزش کامل شد" in told or "خزش کامل است" in told
    assert "مهر شده است در trials/forms-a-1" in told
    assert "یک خزنده از یک دستگاه" in scrapy(round_folder, "--help", lang="fa")


def test_a_shell_keeps_what_it_sees_and_a_sealed_round_answers_offline(
    round_folder: Path, site: Site
) -> None:
    code = "response.css('form').getall().__len__(), response.capture.purpose, response.soup.title.string"
    said = scrapy(round_folder, "shell", "http://a.test/", "-c", code)
    assert "(2, 'spider', 'home')" in said
    trial = next((round_folder / "trials").iterdir())
    with EvidenceStore.open(trial / "evidence") as store:
        assert {(c.agency, c.purpose) for c in store.captures(kind="http")} == {
            ("a", "robots"),
            ("a", "spider"),
        }
    scrapy(round_folder, "crawl", "portal", "-a", "agency=a")
    site.close()
    archive = ("-s", f"GOVAH_ARCHIVE={round_folder / 'trials' / 'portal-a-1'}")
    said = scrapy(round_folder, "shell", "http://a.test/", "-c", code, *archive)
    assert "(2, 'home', 'home')" in said
    said = scrapy(round_folder, "shell", "http://a.test/not", "-c", "response", *archive, status=2)
    assert "portal-a-1 has no response for it" in said


def test_contracts_are_held_against_the_portal(round_folder: Path, site: Site) -> None:
    said = scrapy(round_folder, "check", "forms")
    assert "OK" in said and "Ran 2 contracts" in said
    site.answers["/"] = answer("<title>home</title>")
    assert "FAILED" in scrapy(round_folder, "check", "forms", status=1)
