"""A round's files: what is accepted, and every problem in one go."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from claims.problems import Problem, RoundError
from claims.read import load_round

ROUND = '[round]\nid = "1404-1"\n'
AGENCIES = "agency,name,kind,portal\na1,سازمان نمونه,main,https://a1.test/\n"
SERVICES = "agency,service,title,electronic,url\na1,s1,صدور پروانه,yes,https://a1.test/s1\n"


def write(folder: Path, **files: str | bytes) -> Path:
    contents: dict[str, str | bytes] = {
        "round_toml": ROUND,
        "agencies_csv": AGENCIES,
        "services_csv": SERVICES,
    }
    contents |= files
    for name, content in contents.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(RoundError) as caught:
        load_round(folder)
    return [p for p in caught.value.problems if p.severity == "error"]


def test_a_small_round_with_its_defaults(tmp_path: Path) -> None:
    reading = load_round(write(tmp_path))
    assert reading.warnings == ()
    assert reading.round.agencies[0].portal == "https://a1.test/"
    assert reading.round.agencies[0].cooperated
    assert reading.round.settings.crawl.retry_after == 30
    assert reading.round.settings.network.controls == ()
    assert reading.round.settings.as_of is None


def test_every_problem_of_every_file_in_one_go(tmp_path: Path) -> None:
    write(
        tmp_path,
        round_toml='[round]\nid = "x"\nlanguage = "de"\n[crawl]\ndelay = -1\nper_host = "two"\n',
        agencies_csv="agency,name,kind,portal\na1,,main,javascript:alert(1)\na1,b,third,file:///etc/passwd\n",
        services_csv="agency,service,title,electronic,url,level\nzz,s1,t,maybe,ftp://x/,\na1,s1,t,no,,transaction\n",
        datasets_csv="agency,dataset,title,url,period\na1,d1,t,https://a1.test/d,every blue moon\n",
    )
    found = {(p.file, p.row, p.column, p.code) for p in problems(tmp_path)}
    assert found == {
        ("round.toml", 3, "round.language", "setting_round_language"),
        ("round.toml", 5, "crawl.delay", "setting_crawl_delay"),
        ("round.toml", 6, "crawl.per_host", "setting_crawl_per_host"),
        ("agencies.csv", 2, "name", "empty"),
        ("agencies.csv", 2, "portal", "url"),
        ("agencies.csv", 3, "agency", "duplicate"),
        ("agencies.csv", 3, "kind", "choice"),
        ("agencies.csv", 3, "portal", "url"),
        ("services.csv", 2, "agency", "unknown_agency"),
        ("services.csv", 2, "electronic", "yes_no"),
        ("services.csv", 2, "url", "url"),
        ("services.csv", 3, "service", "duplicate"),
        ("services.csv", 3, "level", "level_without_electronic"),
        ("datasets.csv", 2, "period", "period"),
    }


def test_when_and_how_much_a_round_is_crawled(tmp_path: Path) -> None:
    given = '[crawl]\nper_day = 500\nhours = "20:00-06:00"\ntimezone = "Europe/Berlin"\n'
    settings = load_round(write(tmp_path, round_toml=ROUND + given)).round.settings.crawl
    assert (settings.per_day, settings.hours, settings.timezone) == (500, "20:00-06:00", "Europe/Berlin")
    settings = load_round(write(tmp_path)).round.settings.crawl
    assert (settings.per_day, settings.hours, settings.timezone) == (0, "", "Asia/Tehran")
    assert settings.delay_of("a.test") == 1.0


def test_delays_of_single_hosts_whatever_way_these_are_written(tmp_path: Path) -> None:
    given = '[crawl]\ndelay = 2.0\ndelays = { "Pay.test" = 0.25, "مثال.test" = 5.0, "[::1]" = 0.0 }\n'
    settings = load_round(write(tmp_path, round_toml=ROUND + given)).round.settings.crawl
    assert settings.delay_of("pay.test") == 0.25
    assert settings.delay_of("xn--mgbh0fb.test") == 5.0
    assert (settings.delay_of("[::1]"), settings.delay_of("www.pay.test")) == (0.0, 2.0)


def test_verdicts_name_batch_check_and_answers_that_nobody_outside_can_see(tmp_path: Path) -> None:
    write(
        tmp_path,
        declarations_csv="agency,indicator,value\na1,S05,1\n",
        verdicts_csv="subject,verdict,auditor,date,design,probability,batch,check\n"
        "s1,verified,x,1404/08/20,random,۰٫۱,b1,services.card\na1/S05,contradicted,x,1404/08/20,,,,\n",
    )
    service, answer = load_round(tmp_path).round.verdicts
    assert (service.design, service.probability) == ("random", 0.1)
    assert (service.batch, service.check) == ("b1", "services.card")
    assert (answer.subject, answer.design, answer.batch, answer.check) == ("a1/S05", "targeted", None, None)
    for subject in ("a1/S06", "a2/S05", "a1/", "/S05", "s1/S05/S05"):
        write(tmp_path, verdicts_csv=f"subject,verdict,auditor,date\n{subject},verified,x,1404/08/20\n")
        assert [(p.file, p.column) for p in problems(tmp_path)] == [("verdicts.csv", "subject")], subject


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("per_day", ["-1", '"many"', "1.5"]),
        ("sandbox", ['"off"', "true", '""']),
        ("delays", ["1.0", '{ "a.test" = -1.0 }', '{ "a.test:80" = 1.0 }', '{ "a b" = 1.0 }', '{ "a.test" = "1" }']),
        ("hours", ['"8-16"', '"25:00-26:00"', '"08:60-09:00"', '"08:00-08:00"', '"08:00"', '"20:00-24:01"', "8"]),
        ("timezone", ['"Tehran"', '"../etc/passwd"', '""', '"/usr/share/zoneinfo/UTC"', "3.5"]),
    ],
)  # fmt: skip
def test_wrong_times_of_a_crawl_are_named(tmp_path: Path, key: str, values: list[str]) -> None:
    for value in values:
        write(tmp_path, round_toml=f"{ROUND}[crawl]\n{key} = {value}\n")
        assert [(p.row, p.column, p.code) for p in problems(tmp_path)] == [
            (4, f"crawl.{key}", f"setting_crawl_{key}")
        ], value


def test_values_are_shown_and_shortened(tmp_path: Path) -> None:
    write(tmp_path, agencies_csv=f"agency,name,kind,portal\na1,n,main,{'x' * 5000}\n")
    (problem,) = problems(tmp_path)
    assert problem.value is not None
    assert len(problem.value) == 120


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"agencies_csv": "agency,name,kind\na1,n,main\n"}, ("agencies.csv", 1, "portal", "missing_column")),
        ({"agencies_csv": ""}, ("agencies.csv", 1, None, "no_header")),
        ({"agencies_csv": "agency,name,kind,portal\na1,سازمان,main,https://a.test/\n".encode("cp1256", "replace")}, ("agencies.csv", 2, None, "not_utf8")),
        ({"agencies_csv": 'agency,name,kind,portal\na1,"open,main,https://a.test/\n'}, ("agencies.csv", 2, None, "broken_csv")),
        ({"agencies_csv": "agency,name,kind,portal\na1,n,main,https://a.test/,extra\n"}, ("agencies.csv", 2, None, "too_many_cells")),
        ({"agencies_csv": AGENCIES.replace("a1,", "../a1,")}, ("agencies.csv", 2, "agency", "id")),
        # 64 signs, and more bytes than a file's name may have
        ({"agencies_csv": AGENCIES.replace("a1,", "\U00012000" * 64 + ",")}, ("agencies.csv", 2, "agency", "id")),
        ({"agencies_csv": AGENCIES.replace("https://a1.test/", "https://user:pw@a1.test/")}, ("agencies.csv", 2, "portal", "credentials")),
        ({"agencies_csv": AGENCIES.replace("https://a1.test/", "www.a1.test")}, ("agencies.csv", 2, "portal", "url")),
        ({"agencies_csv": "agency,name,kind,portal,hosts\na1,n,main,https://a.test/,b.test/x\n"}, ("agencies.csv", 2, "hosts", "host")),
        ({"agencies_csv": "agency,name,kind,portal,parent\na1,n,main,https://a.test/,a1\n"}, ("agencies.csv", 2, "parent", "own_parent")),
        ({"services_csv": "agency,service,title,electronic,level\na1,s1,t,yes,none\n"}, ("services.csv", 2, "level", "electronic_without_level")),
        ({"services_csv": "agency,service,title,electronic,phases\na1,s1,t,no,request\n"}, ("services.csv", 2, "phases", "phases_without_electronic")),
        ({"services_csv": "agency,service,title,electronic,annual_requests\na1,s1,t,yes,many\n"}, ("services.csv", 2, "annual_requests", "count")),
        ({"datasets_csv": "agency,dataset,title,url\na1,s1,t,https://a.test/\n"}, ("datasets.csv", 2, "dataset", "id_of_service")),
        ({"datasets_csv": "agency,dataset,title,url,modified\na1,d,t,https://a.test/,1403/13/01\n"}, ("datasets.csv", 2, "modified", "date")),
        ({"declarations_csv": "agency,indicator,value\na1,U01,2\n"}, ("declarations.csv", 2, "value", "share")),
        ({"declarations_csv": "agency,indicator,value\na1,U01,1\na1,U01,0\n"}, ("declarations.csv", 3, "indicator", "duplicate")),
        ({"verdicts_csv": "subject,verdict,auditor,date\nzz,verified,x,1404/01/01\n"}, ("verdicts.csv", 2, "subject", "unknown_subject")),
        ({"verdicts_csv": "subject,verdict,auditor,date,probability\ns1,verified,x,1404/01/01,0\n"}, ("verdicts.csv", 2, "probability", "probability")),
        ({"round_toml": "[round\n"}, ("round.toml", 1, None, "broken_toml")),
        ({"round_toml": "[crawl]\n"}, ("round.toml", None, "round", "missing_setting")),
        ({"round_toml": ROUND + '[network]\nhosts = { "a.test" = "not-an-address" }\n'}, ("round.toml", 4, "network.hosts", "setting_network_hosts")),
        ({"round_toml": ROUND + '[network]\nresolver = "dns.example"\n'}, ("round.toml", 4, "network.resolver", "setting_network_resolver")),
        ({"round_toml": ROUND + '[network]\nresolver = ["127.0.0.1:70000"]\n'}, ("round.toml", 4, "network.resolver", "setting_network_resolver")),
        ({"round_toml": ROUND + '[network]\ncontent_delivery = ["192.0.2.7/24"]\n'}, ("round.toml", 4, "network.content_delivery", "setting_network_content_delivery")),
        ({"round_toml": ROUND + '[network]\ndnssec_anchor = "none.ds"\n'}, ("round.toml", 4, "network.dnssec_anchor", "not_an_anchor")),
        ({"round_toml": ROUND + '[network]\npublic_roots = "none.pem"\n'}, ("round.toml", 4, "network.public_roots", "not_a_bundle")),
    ],
)  # fmt: skip
def test_one_problem(
    tmp_path: Path, files: dict[str, str | bytes], expected: tuple[str, int, str, str]
) -> None:
    found = [(p.file, p.row, p.column, p.code) for p in problems(write(tmp_path, **files))]
    assert expected in found


def test_a_missing_column_hides_no_other_problem(tmp_path: Path) -> None:
    write(tmp_path, datasets_csv="agency,dataset,title,period\nzz,d1,t,every blue moon\n")
    found = {(p.row, p.column, p.code) for p in problems(tmp_path)}
    assert found == {(1, "url", "missing_column"), (2, "agency", "unknown_agency"), (2, "period", "period")}


def test_a_near_name_is_suggested(tmp_path: Path) -> None:
    write(tmp_path, services_csv="agency,service,title,electronic\na11,s1,t,yes\n")
    (problem,) = problems(tmp_path)
    assert (problem.code, problem.params["near"]) == ("unknown_agency_near", "a1")


def test_unknown_columns_and_settings_warn(tmp_path: Path) -> None:
    write(
        tmp_path,
        agencies_csv=AGENCIES.replace("portal\n", "portal,colour\n"),
        round_toml=ROUND + "[crawl]\ndelai = 2\n",
    )
    warnings = load_round(tmp_path).warnings
    assert [(p.file, p.column, p.severity) for p in warnings] == [
        ("agencies.csv", "colour", "warning"),
        ("round.toml", "crawl.delai", "warning"),
    ]


def test_persian_digits_arabic_letters_bom_and_semicolons(tmp_path: Path) -> None:
    write(
        tmp_path,
        agencies_csv="\ufeffsep=;\r\nagency;name;kind;portal;cooperated\r\nسازمان‌۱;نام;اصلی;https://a1.test/;بلی\r\n".replace(
            "\u200c", ""
        ),
        services_csv="\ufeffagency;service;title;electronic;annual_requests;code\r\nسازمان1;s1;t;خير;۱۲٬۰۰۰;۱۳۰۹۱۷۱۳۰۰۰\r\n",
        datasets_csv="agency\tdataset\ttitle\turl\tmodified\tperiod\nسازمان١\td1\tt\thttps://a1.test/d\t۱۴۰۳/۰۲/۰۱\tماهانه\n",
    )
    round_ = load_round(tmp_path).round
    assert round_.agencies[0].id == "سازمان1"
    service = round_.services[0]
    assert (service.agency, service.electronic, service.annual_requests, service.code) == (
        "سازمان1",
        False,
        12000,
        "13091713000",
    )
    assert round_.datasets[0].modified == dt.date(2024, 4, 20)
    assert round_.datasets[0].period is not None
    assert round_.datasets[0].period.days == 31


@pytest.mark.processes
def test_the_same_round_from_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheets: dict[str, list[list[Any]]] = {
        "agencies": [["agency", "name", "kind", "portal"], ["a1", "نام", "main", "https://a1.test/"]],
        "services": [
            ["agency", "service", "title", "electronic", "annual_requests"],
            ["a1", 101, "t", True, 5000],
        ],
        "datasets": [
            ["agency", "dataset", "title", "url", "modified"],
            ["a1", "d", "t", "https://a1.test/d", dt.date(2025, 1, 2)],
        ],
    }
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "round.xlsx")
    (tmp_path / "round.toml").write_text(ROUND, encoding="utf-8")
    round_ = load_round(tmp_path).round
    assert round_.services[0].id == "101"
    assert round_.services[0].electronic
    assert round_.services[0].annual_requests == 5000
    assert round_.datasets[0].modified == dt.date(2025, 1, 2)


@pytest.mark.processes
def test_a_sheet_given_twice_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("agencies").append(["agency", "name", "kind", "portal"])
    book.save(tmp_path / "round.xlsx")
    assert [p.code for p in problems(write(tmp_path))] == ["given_twice"]


def test_a_missing_folder_and_missing_files(tmp_path: Path) -> None:
    assert [p.code for p in problems(tmp_path / "none")] == ["no_folder"]
    assert [(p.file, p.code) for p in problems(tmp_path)] == [
        ("agencies.csv", "no_file"),
        ("round.toml", "no_file"),
        ("services.csv", "no_file"),
    ]


def test_indicators_are_held_against_the_model(tmp_path: Path) -> None:
    write(tmp_path, declarations_csv="agency,indicator,value\na1,U99,0.5\na1,U01,0٫5\n")
    with pytest.raises(RoundError) as caught:
        load_round(tmp_path, lambda settings: {"U01", "U02"})
    assert [(p.row, p.column) for p in caught.value.problems] == [(2, "indicator")]


@pytest.mark.parametrize(("date", "read"), [("1505/01/01", "2126-03-21"), ("2126-01-01", "2126-01-01")])
def test_a_verdict_of_a_day_to_come_is_refused(tmp_path: Path, date: str, read: str) -> None:
    write(tmp_path, verdicts_csv=f"subject,verdict,auditor,date\ns1,verified,a,{date}\n")
    with pytest.raises(RoundError) as caught:
        load_round(tmp_path, today=dt.date(2025, 12, 1))
    (problem,) = caught.value.problems
    assert (problem.file, problem.row, problem.column) == ("verdicts.csv", 2, "date")
    assert (problem.code, problem.params["read"], problem.params["last"]) == (
        "verdict_date",
        read,
        "2025-12-02",
    )


def test_a_verdict_of_today_is_read_wherever_the_auditor_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        verdicts_csv="subject,verdict,auditor,date\ns1,verified,a,1404/09/10\ns1,verified,b,2025-12-02\n",
    )
    assert len(load_round(tmp_path, today=dt.date(2025, 12, 1)).round.verdicts) == 2
