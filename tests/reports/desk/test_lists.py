"""Lists of findings: their order, counts of filters, filters that are kept, CSV, thumbnails and claimed addresses."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from checks.finding import Finding
from reports.catalogue import TextCatalogue
from reports.desk.saved_filters import FILE, save, saved
from tests.hostile import HOSTILE
from tests.reports.desk.rounds import Client, findings, id_of, made, served

pytestmark = pytest.mark.sockets

FA = TextCatalogue("fa")
OF: dict[str, Callable[[Finding], str]] = {
    "verdict": lambda f: f.verdict,
    "agency": lambda f: f.agency,
    "check": lambda f: f.check,
    "reason": lambda f: f.reason or "",
    "subject": lambda f: f.subject.id,
}


@pytest.fixture
def round(tmp_path: Path) -> Path:
    return made(tmp_path)


@pytest.fixture
def own_desk(round: Path) -> Iterator[Client]:
    with served(round, "--auditor", "زهرا") as client:
        yield client


def options(page: str, name: str) -> dict[str, str]:
    """(value: text) of a filter."""
    select = re.search(rf'<select name="{name}">(.*?)</select>', page, re.DOTALL)
    assert select is not None
    return dict(re.findall(r'<option value="([^"]+)"[^>]*>(.*?)</option>', html.unescape(select.group(1))))


def count(text: str) -> int:
    digits = re.search(r"\(([\d۰-۹,٬]+)\)$", text)
    assert digits is not None, text
    return int(re.sub(r"[,٬]", "", digits.group(1)))


@pytest.mark.parametrize(
    "query", ["", "?agency=a1", "?verdict=contradicted", "?check=links.target&agency=a1"]
)
def test_each_filter_says_how_many_the_others_leave(desk: Client, query: str) -> None:
    page = desk.get(f"/findings{query}").text
    wanted = dict(part.split("=") for part in query.lstrip("?").split("&") if part)
    values = {name: OF[name] for name in ("verdict", "agency", "check", "reason")}
    for name, of in values.items():
        others = {k: v for k, v in wanted.items() if k != name}
        left = [f for f in findings() if all(values[k](f) == v for k, v in others.items())]
        expected = Counter(value for f in left if (value := of(f)))
        shown = {value: count(text) for value, text in options(page, name).items()}
        assert {k: n for k, n in shown.items() if n} == expected, name


@pytest.mark.parametrize("sort", ["agency", "check", "reason", "subject"])
def test_a_list_is_ordered_and_its_neighbours_follow(desk: Client, sort: str) -> None:
    page = desk.get(f"/findings?sort={sort}").text
    ids = re.findall(r'href="/finding/(f[0-9a-f]{20})\?sort=', page)
    by_id = {f.id: f for f in findings()}
    key = OF[sort]
    assert [key(by_id[id]) for id in ids] == sorted(key(by_id[id]) for id in ids) and len(ids) > 10
    second = desk.get(f"/finding/{ids[1]}?sort={sort}").text
    assert f'rel="prev" href="/finding/{ids[0]}?sort={sort}"' in second
    assert f'rel="next" href="/finding/{ids[2]}?sort={sort}"' in second
    groups = page.count('scope="rowgroup"')
    assert groups == (0 if sort == "subject" else len({key(by_id[id]) for id in ids}))


def test_what_is_filtered_comes_as_csv_that_no_spreadsheet_runs(desk: Client) -> None:
    answer = desk.get("/findings.csv?check=links.target&sort=subject&lang=en")
    assert answer.status == 200 and "attachment" in answer.headers["content-disposition"]
    assert answer.body.startswith(b"\xef\xbb\xbf") and answer.headers["content-type"].startswith("text/csv")
    heading, *rows = csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline=""))
    assert len(rows) == len(HOSTILE) and len({len(row) for row in (heading, *rows)}) == 1
    assert {row[heading.index("Finding id")] for row in rows} == {
        f.id for f in findings() if f.check == "links.target"
    }
    assert not any(cell.startswith(("=", "+", "@", "-")) for row in rows for cell in row)
    assert len(desk.get("/findings.csv?agency=none").body.splitlines()) == 1
    assert Client(desk.port).get("/findings.csv").status == 401


def test_a_batch_in_work_is_in_no_csv_and_no_count(round: Path, own_desk: Client) -> None:
    before = own_desk.get("/findings.csv").text
    own_desk.draw()
    after = own_desk.get("/findings.csv").text
    assert id_of("s1") in before and id_of("s1") not in after and id_of("s1", "services.login") not in after
    assert "services.entry" not in options(own_desk.get("/findings").text, "check")


def test_filters_are_kept_for_everybody_and_forgotten(round: Path, own_desk: Client) -> None:
    name = HOSTILE["script"][:60]
    done = own_desk.send("/findings/save?verdict=contradicted&sort=reason", name=name)
    assert done.status == 303 and "verdict=contradicted" in done.headers["location"]
    other = own_desk.other()
    page = other.get("/findings").text
    assert '<a href="/findings?verdict=contradicted&amp;sort=reason">' in page and "<script>alert" not in page
    refused = other.send("/findings/save?verdict=partial", name="ن" * 81)
    assert refused.status == 422 and FA.text("desk.no_name") in html.unescape(refused.text)
    assert other.send("/findings/forget", name=next(iter(saved(round)))).status == 303
    assert saved(round) == {} and len((round / FILE).read_text(encoding="utf-8").splitlines()) == 2
    assert (round / FILE).stat().st_mode & 0o077 == 0
    assert other.post("/findings/save?verdict=partial", {"name": "x"}).status == 403
    assert other.send("/findings/save?q=a%E2%80%A8b", name="line").status == 303
    assert saved(round) == {"line": {"q": "a\u2028b"}}
    nothing = other.send("/findings/save", name="line")
    assert nothing.status == 422 and FA.text("desk.no_filter") in html.unescape(nothing.text)
    assert other.get("/findings").status == 200 and "line" in saved(round)


def test_a_search_leaves_no_word_out_and_joins_none(desk: Client) -> None:
    def found(query: str) -> int:
        page = html.unescape(desk.get(f"/findings.csv?q={quote_plus(query)}").text)
        return len(list(csv.reader(io.StringIO(page)))) - 1

    every = "services entry a1 s1 پروانه کسب a1.test http"
    assert found(every) > 0 == found(f"{every} qqqq"), "the ninth word counts too"
    longest = "http://a1.test/" + "x" * 200
    assert found("http://a1.test/") > 0 == found(longest)
    assert found("servicesentry") == found("entrycode") == 0, "a code and its text are two"


def test_a_line_that_is_no_filter_says_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(
        b'\xff\n[]\n{"name": 1, "filter": {}}\n{"name": "a", "filter": {"q": 5, "agency": "a1"}}\n'
        b'{"name": "half", "filter": {"q": "\\ud800"}}\n{"name": "\\ud800", "filter": {"q": "x"}}\n'
    )
    assert saved(tmp_path) == {"a": {"agency": "a1"}}
    save(tmp_path, "a", {"q": "x"}, "b")
    assert saved(tmp_path) == {"a": {"q": "x"}}


def test_lists_have_thumbnails_and_addresses_that_lead_out_safely(desk: Client) -> None:
    assert (
        '<img class="thumb" src="/capture/c2/picture" alt="" loading="lazy"'
        in desk.get("/findings?q=s1").text
    )
    page = desk.get(f"/finding/{id_of('s1')}").text
    assert (
        '<a href="http://a1.test/s1" rel="noopener noreferrer external" target="_blank" class="out">' in page
    )
    for finding in findings():
        if finding.check == "links.target":
            page = desk.get(f"/finding/{finding.id}").text
            assert all(
                href.startswith(("/", "#", "http://", "https://"))
                for href in re.findall(r'href="([^"]*)"', page)
            )
