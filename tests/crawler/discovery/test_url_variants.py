"""What is new on a page, and which addresses are a known page in another writing: the pieces alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import novelty
from crawler.discovery.novelty import UNREAD, Novelty
from crawler.discovery.traps import endless, pattern
from crawler.discovery.url_variants import ENOUGH, UrlVariants
from web.document import Document

WORDS = "این متن صفحه‌ای از درگاه است و چند واژه دارد تا بتوان آن را با دیگری سنجید".split()


def page(url: str, text: str, title: str = "درگاه") -> Document:
    paragraphs = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    return Document(f"<title>{title}</title>{paragraphs}".encode(), url, "text/html; charset=utf-8")


def news(pages: list[tuple[str, str, str]]) -> list[bool]:
    """Of (address, title, text), once the first pages under the title «یک» are through."""
    known = Novelty()
    for _ in range(UNREAD + 1):
        known.brings(page("http://a.test/0", "متن نخست", "یک"))
    return [known.brings(page(url, text, title)) for url, title, text in pages]


def test_a_title_is_news_while_it_is_rare() -> None:
    assert news([("http://a.test/1", "دو", "متن نخست")] * (UNREAD + 2)) == [True] * UNREAD + [False, False]


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("متن نخست", False),
        ("متن  نخست ", False),
        ("متن نخست\nخط دیگر", True),
        ("متن نخست\nآمار ۱۲ و 13", True),
        ("", False),
    ],
)
def test_a_line_is_news_once(text: str, new: bool) -> None:
    assert news([("http://a.test/1", "یک", text)] * 2) == [new, False]


def test_figures_and_the_pages_own_name_are_no_news() -> None:
    texts = ["تاریخ 1404/09/01", "تاریخ ۱۴۰۳/۱۱/۲۲", "کد a9f3c1", "کد b7", "نشانی qwrtz", "نشانی plmok"]
    urls = [f"http://a.test/{text.split()[-1] if 'نشانی' in text else 'x'}" for text in texts]
    pages = [(url, "یک", text) for url, text in zip(urls, texts, strict=True)]
    assert news(pages) == [True, False, True, False, True, False]


def test_what_is_remembered_has_a_bound_and_forgets_towards_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "MOST_LINES", 50)
    known = Novelty()
    pages = [page("http://a.test/x", f"{'ا' * n}\n{'ب' * n}") for n in range(1, 100)]
    assert all(known.brings(one) for one in pages)
    assert known.brings(pages[10])


Text = Callable[[int], str]


def prose(n: int) -> str:
    """A page of its own: its words are no other page's."""
    return " ".join(word + chr(0x0627 + n % 30) * (1 + n // 30) for word in WORDS)


def variants_of(
    urls: Callable[[int], tuple[str, str]], texts: tuple[Text, Text], count: int = 20
) -> UrlVariants:
    """Pairs of addresses with the text of each, in turn."""
    variants = UrlVariants()
    for n in range(count):
        for url, text in zip(urls(n), texts, strict=True):
            variants.asked(url)
            variants.came(url, page(url, text(n)))
    return variants


def with_more(n: int) -> str:
    return f"{prose(n)} نسخهٔ چاپی"


WRITINGS: dict[str, Callable[[int], tuple[str, str]]] = {
    "host": lambda n: (f"http://a.test/p/{n}", f"http://b.test/p/{n}"),
    "letter case": lambda n: (f"http://a.test/p/{n}", f"http://a.test/P/{n}"),
    "printing": lambda n: (f"http://a.test/p/{n}", f"http://a.test/p/{n}?print=1"),
    "language": lambda n: (f"http://a.test/p/{n}", f"http://a.test/fa/p/{n}"),
    "last folder": lambda n: (f"http://a.test/p/{n}", f"http://a.test/p/{n}/print"),
    "session": lambda n: (f"http://a.test/p/{n}?a=b", f"http://a.test/p/{n}?a=b&z=a1b2c3d4e5f6{n:04}"),
    "session in the path": lambda n: (f"http://a.test/p/{n}", f"http://a.test/p/{n};v=a1b2{n}"),
}


@pytest.mark.parametrize("urls", WRITINGS.values(), ids=WRITINGS.keys())
@pytest.mark.parametrize("text", [prose, with_more], ids=["same", "a word more"])
def test_a_writing_is_closed_when_it_brings_nothing(
    urls: Callable[[int], tuple[str, str]], text: Text
) -> None:
    variants = variants_of(urls, (prose, text))
    first, again = urls(777)
    assert not variants.known(again)  # the page it varies was not asked for
    variants.asked(first)
    assert variants.known(again)
    assert not variants.known("http://a.test/other")


@pytest.mark.parametrize("urls", WRITINGS.values(), ids=WRITINGS.keys())
def test_a_writing_with_pages_of_its_own_stays_open(urls: Callable[[int], tuple[str, str]]) -> None:
    variants = variants_of(urls, (prose, lambda n: prose(n + 500)))
    assert not any(variants.known(url) for n in range(20) for url in urls(n))


def test_hosts_are_compared_whichever_answers_first() -> None:
    variants = UrlVariants()
    for n in range(ENOUGH):
        first, again = WRITINGS["host"](n)
        for url in (first, again):
            variants.asked(url)
        for url in (again, first):
            variants.came(url, page(url, prose(n)))
    first, again = WRITINGS["host"](777)
    variants.asked(first)
    assert variants.known(again)


def test_a_host_with_more_on_its_pages_is_no_copy_of_the_one_with_less() -> None:
    variants = variants_of(WRITINGS["host"], (lambda n: f"{prose(n)} {prose(n + 500)}", prose))
    first, again = WRITINGS["host"](777)
    variants.asked(again)
    assert not variants.known(first)
    variants.asked(first)
    assert variants.known(again)


def test_few_pages_are_not_enough() -> None:
    urls = WRITINGS["host"]
    variants = variants_of(urls, (prose, prose), ENOUGH - 1)
    assert not variants.known(urls(0)[1])


def test_pages_with_hardly_a_word_say_nothing() -> None:
    urls = WRITINGS["host"]
    assert not variants_of(urls, (lambda n: "ورود", lambda n: "ورود")).known(urls(0)[1])


def test_a_list_of_names_in_one_form_is_no_writing() -> None:
    """One word is new on each: the page of one person is no copy of another's."""
    variants = UrlVariants()
    for n in range(50):
        url = f"http://a.test/person?id={n}"
        variants.asked(url)
        variants.came(url, page(url, f"{' '.join(WORDS)} {prose(n).split()[0]}"))
    assert not any(variants.known(f"http://a.test/person?id={n}") for n in range(50, 60))


def test_http_and_https_of_one_host_are_both_looked_at() -> None:
    def urls(n: int) -> tuple[str, str]:
        return f"https://a.test/p/{n}", f"http://a.test/p/{n}"

    variants = variants_of(urls, (prose, prose))
    assert not any(variants.known(urls(n)[1]) for n in range(20))


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_address_is_too_odd(path: str, query: str) -> None:
    url = f"http://a.test/{path}?{query}"
    variants = UrlVariants()
    variants.asked(url)
    variants.came(url, page("http://a.test/", prose(1)))
    assert not variants.known(url)
    assert pattern(url) == pattern(url)
    assert isinstance(endless(url), bool)
