"""What the report says of hosts, case by case, in both languages; what crawled names can do to it."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from checks.finding import Finding, Subject
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.hosts.browser_view import browser_view
from reports.hosts.chain import chain
from reports.hosts.facts import revocation
from reports.hosts.host_report import host_report
from reports.hosts.national import ROWS, national_hosts
from reports.hosts.report_lines import CodeText

AS_OF = dt.datetime(2025, 12, 1, 8, tzinfo=dt.UTC)
# What a browser shows: (kind, Persian, English).
SAID = {
    "well": ("safe", "مرورگر میزبان را بدون هشدار باز می‌کند.", "A browser opens the host without a warning."),
    "expired": ("warning", "(NET::ERR_CERT_DATE_INVALID): گواهی منقضی شده است.", "a warning page (NET::ERR_CERT_DATE_INVALID): the certificate has expired."),
    "early": ("warning", "زمان اعتبار گواهی هنوز نرسیده است.", "the certificate is not valid yet."),
    "soon": ("safe", "اگر گواهی تمدید نشود", "Unless the certificate is renewed"),
    "national": ("national", "فقط مرورگری که ریشهٔ ملی در آن نصب باشد", "only where the national root is installed"),
    "incomplete": ("some", "برخی مرورگرها و بسیاری از برنامه‌ها", "Some browsers and many programs stop"),
    "alone": ("some", "گواهی میانی فرستاده نمی‌شود", "an intermediate certificate is not sent"),
    "self": ("warning", "(NET::ERR_CERT_AUTHORITY_INVALID): گواهی خودامضا است.", "the certificate is signed by itself."),
    "nobody": ("warning", "صادرکنندهٔ گواهی مورد اعتماد نیست.", "the issuer is not trusted."),
    "othername": ("warning", "NET::ERR_CERT_COMMON_NAME_INVALID", "the certificate is for another name."),
    "aged": ("warning", "گواهی میانی منقضی شده است.", "an intermediate certificate has expired."),
    "order": ("safe", "مرورگر میزبان را بدون هشدار باز می‌کند.", "A browser opens the host without a warning."),
    "http": ("no_https", "میزبان https ندارد.", "There is no https."),
    "silent": ("unknown", "به‌موقع پاسخی نیامد", "no answer came in time"),
    "ours": ("ours", "دلیلش از سوی ماست: خطای خود ما", "for a reason of ours: an error of our own"),
    "once": ("once", "دیده شد که جلوی بازدیدکننده را می‌گیرد، ولی ثابت نشد", "was seen, but not proven"),
    "rc4": ("quiet", "به معنای امن بودن نیست: رمزنگاری ضعیف را می‌پذیرد.", "does not make it safe: accepts weak encryption."),
    "firewall": ("safe_open", "پرسش در این باره بی‌پاسخ ماند", "questions about that met no answer"),
    "loop": ("refused", "ERR_TOO_MANY_REDIRECTS", "cannot open the host"),
    "back": ("open", "به اتصال ناامن برمی‌گرداند", "sends it back to an open connection"),
    "open": ("quiet", "پیش از فرستادن فرمی که به http می‌رود", "Before a form that sends to http"),
    "hostile": ("warning", "NET::ERR_CERT_AUTHORITY_INVALID", "NET::ERR_CERT_AUTHORITY_INVALID"),
}  # fmt: skip
# Where the chain breaks: the part, and why.
BREAKS = {
    "expired": ("leaf", "expired"), "early": ("leaf", "not_yet_valid"), "self": ("leaf", "self_signed"),
    "othername": ("leaf", "name_mismatch"), "aged": ("issuer", "expired"), "incomplete": ("gap", "missing"),
    "alone": ("gap", "missing"), "nobody": ("nobody", "unknown"), "order": ("issuer", "out_of_order"),
}  # fmt: skip


def section(shown: Any, case: str, language: str) -> LexborHTMLParser:
    page = shown.folder / ("a.html" if language == "fa" else "en/a.html")
    tree = LexborHTMLParser(page.read_text(encoding="utf-8"))
    found = tree.css_first(f'[id="{shown.told[case].anchor}"]')
    assert found is not None
    return LexborHTMLParser(found.html or "")


def words(tree: LexborHTMLParser) -> str:
    return re.sub(r"\s+", " ", tree.text()).replace(" :", ":")


def test_the_table_has_every_row(hosts_shown: Any) -> None:
    assert set(SAID) == {row.id for row in hosts_shown.rows} == set(hosts_shown.told)


@pytest.mark.parametrize("case", SAID)
def test_what_a_browser_shows(hosts_shown: Any, case: str) -> None:
    kind, persian, english = SAID[case]
    told = hosts_shown.told[case]
    assert told.sight.kind == kind
    for language, wanted in (("fa", persian), ("en", english)):
        found = section(hosts_shown, case, language)
        sentence = re.sub(r"\s+", " ", found.css("p.sight")[0].text())
        assert wanted in sentence
        assert TextCatalogue(language).text(f"host_glance.{kind}") in sentence  # type: ignore[arg-type]
        said = words(found)
        for code in told.problems:
            assert re.sub(r"\s+", " ", TextCatalogue(language).text(f"host_do.{code}")) in said  # type: ignore[arg-type]


@pytest.mark.parametrize("case", BREAKS)
def test_where_a_chain_breaks(hosts_shown: Any, case: str) -> None:
    part, fault = BREAKS[case]
    links = hosts_shown.told[case].chain.links
    broken = [link for link in links if link.breaks]
    assert {link.part for link in broken} == {part} and fault in broken[0].faults
    for language in LANGUAGES:
        drawn = section(hosts_shown, case, language).css("ol.chain .breaks")
        text = TextCatalogue(language).text(f"host_chain.fault_{fault}", place=0).partition("0")[0]
        assert len(drawn) == len(broken) and text in drawn[0].text()


def test_a_whole_chain_leads_from_the_host_to_a_root(hosts_shown: Any) -> None:
    parts = [link.part for link in hosts_shown.told["well"].chain.links]
    assert parts == ["leaf", "issuer", "public_root"]
    assert [link.part for link in hosts_shown.told["national"].chain.links][-1] == "national_root"
    leaf = hosts_shown.told["expired"].chain.links[0]
    assert leaf.days == -3
    fa = section(hosts_shown, "expired", "fa").css("ol.chain")[0].text()
    en = section(hosts_shown, "expired", "en").css("ol.chain")[0].text()
    assert "۷ آذر ۱۴۰۴" in fa and "2025-11-28" in fa and "۳ روز است که گذشته است" in fa
    assert "2025-11-28" in en and "days since its end: 3" in en


def test_what_could_not_be_told_blames_nobody(hosts_shown: Any) -> None:
    for case in ("silent", "ours", "firewall", "once"):
        assert hosts_shown.told[case].problems == ()
    for case in ("silent", "ours"):
        assert "nothing is held against" in words(section(hosts_shown, case, "en")).lower()
        assert "چیزی به حساب میزبان گذاشته نمی‌شود" in words(section(hosts_shown, case, "fa"))
        assert hosts_shown.told[case].do == ()


def test_hostile_names_stay_words_and_stay_short(hosts_shown: Any) -> None:
    for page in (hosts_shown.folder / "a.html", hosts_shown.folder / "en" / "a.html"):
        raw = page.read_text(encoding="utf-8")
        assert "<script" not in raw and "\u202e" not in raw and "\x1b" not in raw and ">49<" not in raw
        assert "⟦U+202E⟧" in raw
    for case in ("hostile", "open"):
        for language in LANGUAGES:
            found = section(hosts_shown, case, language)
            for raw_facts in found.css("details[id]"):  # the finding itself, with its raw facts
                assert len(raw_facts.text()) < 80_000
                raw_facts.decompose()
            assert len(found.text()) < 20_000
            assert max(len(word) for word in found.text().split()) < 300


def test_the_end_of_time_has_no_jalali_date(hosts_shown: Any) -> None:
    text = section(hosts_shown, "hostile", "fa").css("ol.chain")[0].text()
    assert "9999-12-31" in text


def test_facts_stand_apart_from_problems(hosts_shown: Any) -> None:
    told = hosts_shown.told["well"]
    assert told.problems == () and told.do == ()
    assert told.better[:2] == ("security_txt_absent", "dns_caa_missing")
    said = words(section(hosts_shown, "well", "en"))
    for wanted in (
        "Accepts TLS 1.2, TLS 1.3.", "no CAA record", "strangers are refused (-all)", "could not be reached",
        "Days that browsers stay on https: 365", "Visitors who name no host get the same certificate.",
    ):  # fmt: skip
        assert wanted in said
    assert "The host sends its chain whole and in order." in said
    assert "There is no way to a known root" in words(section(hosts_shown, "nobody", "en"))
    assert "میزبان زنجیره را کامل نمی‌فرستد" in words(section(hosts_shown, "incomplete", "fa"))
    opened = words(section(hosts_shown, "open", "fa"))
    for wanted in ("unsafe-inline", "فرمی (form) در", "nginx/1.2.3 (شمارهٔ نسخه را می‌گوید)", "Expires ندارد"):
        assert wanted in opened


def test_each_national_number_leads_to_its_hosts(hosts_shown: Any) -> None:
    rows = national_hosts(hosts_shown.findings, {"a": "main"})
    assert [row.id for row in rows] == list(ROWS)
    found = {row.id: {one.host.removesuffix(".test") for one in row.hosts} for row in rows}
    assert len(found["all"]) == len(hosts_shown.rows)
    assert found["national_only"] == {"national"} and found["no_https"] == {"http"}
    assert found["expired"] == {"expired", "aged"} and found["weak_cipher"] == {"rc4"}
    assert found["untold"] == {"silent", "ours", "once", "firewall"}
    assert found["opens"] == {"well", "soon", "order", "rc4", "firewall", "open"}
    assert all(row.by_kind == {"main": len(row.hosts), "executive": 0} for row in rows)
    for language in LANGUAGES:
        folder = hosts_shown.folder if language == "fa" else hosts_shown.folder / "en"
        index = LexborHTMLParser((folder / "index.html").read_text(encoding="utf-8"))
        page = LexborHTMLParser((folder / "a.html").read_text(encoding="utf-8"))
        for link in index.css("table.hosts a"):
            target = index.css_first((link.attributes["href"] or "").replace("#", "div#"))
            assert target is not None
            hosts = [one.attributes["href"] or "" for one in target.css("li a")]
            assert hosts and all(page.css_first(f'[id="{href.partition("#")[2]}"]') for href in hosts)
        assert TextCatalogue(language).text("host_national.note") in html.unescape(index.body.text())  # type: ignore[union-attr]


def test_without_hosts_there_is_no_table() -> None:
    assert national_hosts([], {}) == ()


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"chain": []},
        {"chain": [{}], "reach": "ok"},
        {"chain": [{"subject": "CN=a", "issuer": "CN=b", "not_after": "never", "not_before": 7}], "reach": "ok"},
        {"chain": [{"subject": "CN=a", "issuer": "CN=b"}, {"subject": "CN=b", "issuer": "CN=a"}], "reach": "ok"},
        {"http": {"http": "x", "policies": [], "hsts": 7, "cookies": {}, "insecure": [[1]]}, "reach": "ok"},
        {"revocation": {"state": "revoked"}, "lifetime": {}, "san": None, "reach": "ok"},
    ],
)  # fmt: skip
def test_facts_of_another_version_are_told_as_far_as_they_go(facts: dict[str, Any]) -> None:
    finding = Finding(
        "a", Subject("host", "a.test:443"), "hosts.security", 1, "inconclusive", "unreachable",
        {"problems": [], "unproven": [], "facts": facts}, (), 1, "host_is_safe", "",
    )  # fmt: skip
    assert host_report(finding, (), AS_OF).problems == ()
    assert browser_view(replace(finding, observed={})).kind == "unknown"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sources_that_disagree_are_both_named(language: Language) -> None:
    said = {
        "state": "revoked", "source": "ocsp", "of": "leaf", "updated": "2025-11-30T08:00:00Z", "age_days": 1,
        "revoked_at": "2025-10-12T08:00:00Z", "reason": "keyCompromise", "against": ["crl", "rumour"],
    }  # fmt: skip
    texts = TextCatalogue(language)
    revoked, against = revocation({"revocation": said})
    assert revoked.values["source"] == CodeText("host_revocation.ocsp", "ocsp")
    assert against.values == {"sources": (CodeText("host_revocation.crl"),)}
    assert all(
        texts.has(key) for key in (revoked.key, against.key, "host_revocation.ocsp", "host_revocation.crl")
    )
    assert "{sources}" in texts.template(against.key)


def test_a_chain_of_thousands_is_drawn_in_bounds() -> None:
    sent = [{"subject": f"CN=c{n}", "issuer": f"CN=c{n + 1}"} for n in range(3_000)]
    drawn = chain({"chain": sent, "path": "untrusted"}, ("untrusted",), AS_OF)
    assert drawn is not None and len(drawn.links) <= 10 and drawn.more > 2_900


def test_results_have_the_word_and_the_counts(hosts_shown: Any) -> None:
    results = json.loads((hosts_shown.folder.parent / "results.json").read_text(encoding="utf-8"))
    (agency,) = results["agencies"]
    assert {one["host"].removesuffix(".test"): one["browser"] for one in agency["hosts"]} == {
        case: kind for case, (kind, _, _) in SAID.items()
    }
    counts = results["national"]["hosts"]
    assert tuple(sorted(counts)) == tuple(sorted(ROWS))
    assert (counts["all"], counts["untold"], counts["national_only"]) == (len(SAID), 4, 1)


def test_a_detour_from_http_alone_stops_nobody_who_comes_over_https(hosts_shown: Any) -> None:
    well = hosts_shown.told["well"].finding
    for code in ("redirect_loop", "https_downgrade"):
        found = browser_view(
            replace(well, verdict="contradicted", observed={**well.observed, "problems": [code]})
        )
        assert (found.kind, found.because) == ("quiet", (code,))
