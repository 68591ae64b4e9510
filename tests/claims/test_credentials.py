"""A user's name or password in an address of a round's files: refused, and printed nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims import cells
from tests.claims.test_read import problems, write

MARK = "PASSMARK"
ADDRESSES = [
    f"http://visitor:{MARK}@a1.test/panel",
    f"https://{MARK}@a1.test/",
    f"HTTP://:{MARK}@a1.test",
    f"http:\\\\visitor:{MARK}@a1.test\\x",
    f"http:visitor:{MARK}@a1.test",
    f"https:///visitor:{MARK}@a1.test",
    f"http://visitor:{MARK}:@x@a1.test/",
    f"http://visi\u200btor:{MARK} x@a1.test/",
    f"http://visitor:{MARK}@a1.test:99999/",
]
CELLS = {
    "agencies.csv": ("agency,name,kind,portal,hosts,catalogue\n", "a1,n,main,{},,\n", "portal"),
    "agencies.csv, catalogue": ("agency,name,kind,portal,hosts,catalogue\n", "a1,n,main,https://a1.test/,,{}\n", "catalogue"),
    "services.csv": ("agency,service,title,electronic,url\n", "a1,s1,t,yes,{}\n", "url"),
    "datasets.csv": ("agency,dataset,title,url\n", "a1,d1,t,{}\n", "url"),
    "window.csv": ("service,url\n", "s1,{}\n", "url"),
}  # fmt: skip


@pytest.mark.parametrize("place", CELLS)
@pytest.mark.parametrize("address", ADDRESSES, ids=ascii)
def test_it_is_refused_where_an_address_is_wanted(tmp_path: Path, place: str, address: str) -> None:
    heading, row, column = CELLS[place]
    name = place.partition(",")[0]
    write(tmp_path, **{name.replace(".", "_"): heading + row.format(address)})
    found = [p for p in problems(tmp_path) if p.file == name]
    assert [(p.row, p.column) for p in found] == [(2, column)]
    assert found[0].code == "credentials"
    assert MARK not in str(found) and found[0].value is not None and "@a1.test" in found[0].value


@pytest.mark.parametrize("host", [f":{MARK}@a1.test", f"visitor:{MARK}@a1.test"])
def test_it_is_no_name_of_a_host(tmp_path: Path, host: str) -> None:
    write(tmp_path, agencies_csv=f"agency,name,kind,portal,hosts\na1,n,main,https://a1.test/,b.test {host}\n")
    found = problems(tmp_path)
    assert [(p.row, p.column, p.code) for p in found] == [(2, "hosts", "credentials")]
    assert MARK not in str(found)


@pytest.mark.parametrize(
    ("file", "text", "column"),
    [
        ("services.csv", "agency,service,title,electronic\na1,s1,{},yes\n", "title"),
        ("declarations.csv", "agency,indicator,value,document\na1,i,1,{}\n", "document"),
        ("verdicts.csv", "subject,verdict,auditor,date,note\ns1,verified,a,2025-01-01,{}\n", "note"),
        ("replies.csv", "reply,agency,subject,date,by,stance,text\nr,a1,s1,2025-01-01,b,explains,{}\n", "text"),
    ],
)  # fmt: skip
def test_it_is_refused_within_a_text(tmp_path: Path, file: str, text: str, column: str) -> None:
    said = f"see http://visitor:{MARK}@a1.test/panel and write to office@a1.test"
    write(tmp_path, **{file.replace(".", "_"): text.format(said)})
    found = [p for p in problems(tmp_path) if p.file == file]
    assert [(p.row, p.column, p.code) for p in found] == [(2, column, "credentials")]
    assert MARK not in str(found)


def test_an_address_of_mail_or_with_a_sign_in_its_path_is_no_secret() -> None:
    for text in (
        "https://a1.test/@name?mail=x@a1.test",
        "office@a1.test",
        "//a1.test/",
        "http://a1.test/ x@b.test",
    ):
        assert cells.without_credentials(text) == text
    assert cells.url("https://a1.test/@name") == "https://a1.test/@name"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ('[crawl]\ncontact = "{}"', "crawl.contact"),
        ('[network]\ncontrols = ["https://c.test/", "{}"]', "network.controls"),
        ('[seal]\nauthorities = ["{}"]', "seal.authorities"),
        ('[crawl]\nresolver = "{}"', "crawl.resolver"),
    ],
)
def test_it_is_refused_in_the_settings(tmp_path: Path, line: str, column: str) -> None:
    write(tmp_path, round_toml='[round]\nid = "x"\n' + line.format(f"https://visitor:{MARK}@c.test/") + "\n")
    found = problems(tmp_path)
    assert [(p.file, p.row, p.column, p.code) for p in found] == [("round.toml", 4, column, "credentials")]
    assert MARK not in str(found)
