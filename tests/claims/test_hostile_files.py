"""Files of a round that are made to take all memory or all time: an error with its place, soon, and never a traceback.

Each is read by a process of its own, whose limits are those that a round may take before it is refused.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import command_server
from tests.claims.test_read import AGENCIES, ROUND, SERVICES, problems, write
from tests.depth import tries

pytestmark = pytest.mark.processes

CPU, MEMORY = 10, 450  # seconds, megabytes more than there were before

Written = dict[str, str | bytes]


def rows(text: str, count: int) -> str:
    return "".join(text.format(n=n) for n in range(count))


def sheet(cells: str, dimension: str = "A1") -> bytes:
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<dimension ref="{dimension}"/><sheetData>{cells}</sheetData></worksheet>'
    ).encode()


def workbook(path: Path, content: bytes) -> None:
    """The barest workbook with one sheet, agencies."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="agencies" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        archive.writestr("xl/worksheets/sheet1.xml", content)


CELL = '<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def far() -> bytes:
    ends = ("<row r='1'>{}</row><row r='1048576'>{}</row>").format(
        CELL.format(at="A1", text="agency"), CELL.format(at="XFD1048576", text="x")
    )
    return sheet(ends, "A1:XFD1048576")


def bomb() -> bytes:
    return sheet("<row r='1'>" + "<c r='A1'><v>1</v></c>" * tries(15_000_000, 30_000_000) + "</row>")


FILES: dict[str, tuple[Callable[[], Written], tuple[str, str]]] = {
    "300,000 columns": (
        lambda: {"agencies_csv": "agency,name,kind,portal," + rows("c{n},", 300_000) + "\na1,n,main,https://a1.test/\n"},
        ("agencies.csv", "too_many_columns"),
    ),
    "the same column 900 times": (
        lambda: {"agencies_csv": "agency,name,kind,portal," + "x," * 900 + "\na1,n,main,https://a1.test/\n"},
        ("agencies.csv", "column_twice"),
    ),
    "20,000 unknown agencies": (
        lambda: {
            "agencies_csv": "agency,name,kind,portal\n" + rows("agency-{n},n,main,https://a{n}.test/\n", 20_000),
            "services_csv": "agency,service,title,electronic\n" + rows("agencies{n},s{n},t,yes\n", 20_000),
        },
        ("services.csv", "unknown_agency"),
    ),
    "20,000 unknown parents": (
        lambda: {
            "agencies_csv": "agency,name,kind,portal,parent\n"
            + rows("agency-{n},n,main,https://a{n}.test/,agencies{n}\n", 20_000),
        },
        ("agencies.csv", "unknown_agency"),
    ),
    "200,000 agencies": (
        lambda: {"agencies_csv": "agency,name,kind,portal\n" + rows("a{n},n,main,https://a{n}.test/\n", 200_000)},
        ("agencies.csv", "too_many_rows"),
    ),
    "600,000 services": (
        lambda: {"services_csv": "agency,service,title,electronic\n" + rows("a1,s{n},t,yes\n", 600_000)},
        ("services.csv", "too_many_rows"),
    ),
    "a million problems": (
        lambda: {"services_csv": "agency,service,title,electronic,url,level\n" + "zz,,,perhaps,x,y\n" * 170_000},
        ("services.csv", "yes_no"),
    ),
    "a field of 90 MB": (
        lambda: {"services_csv": SERVICES + 'a1,s2,"' + "x" * 90_000_000 + '",yes,\n'},
        ("services.csv", "broken_csv"),
    ),
    "more than 100 MB": (
        lambda: {"services_csv": SERVICES + "\n" * 100_000_001},
        ("services.csv", "file_too_large"),
    ),
    "ten million empty lines": (
        lambda: {"services_csv": SERVICES + "\n" * 10_000_000},
        ("services.csv", "too_many_rows"),
    ),
    "NUL bytes": (lambda: {"services_csv": SERVICES + "a1,s\0002,t,yes,\n"}, ("services.csv", "nul_bytes")),
    "UTF-16 without its mark": (
        lambda: {"services_csv": SERVICES.replace("صدور پروانه", "title").encode("utf-16-le")},
        ("services.csv", "nul_bytes"),
    ),
    "a number of 5,000 digits": (
        lambda: {"round_toml": ROUND + f"[crawl]\nseed = {'9' * 5000}\n"},
        ("round.toml", "broken_toml"),
    ),
    "20,000 brackets": (
        lambda: {"round_toml": ROUND + "x = " + "[" * 20_000 + "]" * 20_000 + "\n"},
        ("round.toml", "too_deep"),
    ),
    "a cell far from the others": (lambda: {"round_xlsx": far()}, ("round.xlsx", "workbook_too_large")),
    "a sheet that unfolds": (lambda: {"round_xlsx": bomb()}, ("round.xlsx", "workbook_too_large")),
}  # fmt: skip


MEASURED = """
import atexit, os, resource

def kilobytes(of):
    return int(open("/proc/self/status").read().partition(of)[2].split()[0])

had = kilobytes("VmRSS:")

@atexit.register
def measured():
    peak = kilobytes("VmHWM:")
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = sum(used.ru_utime + used.ru_stime for used in (own, children))
    open(os.environ["MEASURED"], "w").write(f"{cpu} {(max(peak, children.ru_maxrss) - had) // 1024}")
"""


def read(folder: Path) -> tuple[dict[str, Any], float, int]:
    """`govah score`, which reads the round first. (answer, seconds of CPU, megabytes), with its children's."""
    measured = folder.parent / "measured"
    environment = {**os.environ, "GOVAH_LANG": "en", "MEASURED": str(measured)}
    done = command_server.govah("score", folder, "--json", env=environment, before=MEASURED)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr[-2000:]
    cpu, memory = measured.read_text().split()
    return json.loads(done.stdout), float(cpu), int(memory)


RARE = {
    *("600,000 services", "20,000 unknown parents", "more than 100 MB", "the same column 900 times"),
    *("a million problems", "ten million empty lines"),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.thorough if name in RARE else ()) for name in FILES]
)
def test_it_is_refused_soon_with_its_place(tmp_path: Path, name: str) -> None:
    make, (file, code) = FILES[name]
    files = make()
    folder = tmp_path / "round"
    folder.mkdir()
    if isinstance(content := files.pop("round_xlsx", None), bytes):
        workbook(folder / "round.xlsx", content)
    write(folder, **files)
    if content is not None:
        (folder / "agencies.csv").unlink()
    told, cpu, memory = read(folder)
    found = told["problems"]
    assert len(found) <= 500
    assert any(
        p["file"] == file and p["code"].startswith(code) and p["severity"] == "error" for p in found
    ), found[:3]
    assert cpu < CPU and memory < MEMORY


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (f"[crawl]\nmax_pages = 0x{'f' * 50_000}\n", "setting_crawl_max_pages"),
        (f"[crawl]\nseed = 0x{'f' * 50_000}\n", "setting_crawl_seed"),
        ("#" * 2_000_000, "file_too_large"),
        ("as_of = 9999-12-31T23:59:59-14:00\n", "setting_round_as_of"),
        *(
            (f"[crawl]\n{key} = {value}\n", f"setting_crawl_{key}")
            for key in ("delay", "time_budget", "retry_after")
            for value in ("inf", "nan", "-inf")
        ),
    ],
    ids=lambda value: value[:40],
)
def test_settings_that_are_no_numbers_of_ours(tmp_path: Path, settings: str, code: str) -> None:
    assert [p.code for p in problems(write(tmp_path, round_toml=ROUND + settings))] == [code]


def test_the_first_of_many_problems_are_told_and_how_many_more(tmp_path: Path) -> None:
    folder = tmp_path / "round"
    folder.mkdir()
    write(folder, services_csv="agency,service,title,electronic\n" + rows("a1,s{n},t,perhaps\n", 1_234))
    told, _, _ = read(folder)
    found = told["problems"]
    assert [p["row"] for p in found[:-1]] == list(range(2, 102))
    assert (found[-1]["code"], found[-1]["value"], found[-1]["file"]) == (
        "more_problems",
        "1134",
        "services.csv",
    )


def country(count: int) -> Written:
    agencies = rows("a{n},سازمان نمونه {n},main,https://a{n}.test/\n", count)
    services = rows("a{n},s{n},صدور پروانه نمونه برای کسب و کار {n},yes,https://a{n}.test/{n}\n", count)
    many = "".join(services.replace(",s", f",s{part}-") for part in range(6))
    return {
        "agencies_csv": AGENCIES.partition("\n")[0] + "\n" + agencies,
        "services_csv": SERVICES.partition("\n")[0] + "\n" + many,
    }


@pytest.mark.thorough
def test_a_country_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "round"
    folder.mkdir()
    write(folder, **country(30_000))
    code = "import sys; from pathlib import Path; from claims.read import load_round; print(len(load_round(Path(sys.argv[1])).round.services))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "180000"


def test_texts_say_the_limits_that_hold() -> None:
    from claims import workbook as reader
    from reports.catalogue import TextCatalogue

    said = TextCatalogue("en").template("problem.workbook_too_large")
    assert re.search(rf"\b{reader.MEMORY >> 20} MB", said) and reader.CPU_SECONDS == 9
