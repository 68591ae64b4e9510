"""What helps whoever uses a service, in the text of one page: a guide, questions, a telephone, an address, hours.

Reads one page, knows no visits. What a page of the portal's frame shows is no help of a service: only own text counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from checks.elements.words import names
from checks.page.content import Reading
from checks.page.lines import Line, ancestry
from checks.page.panels import panels
from checks.page.wordlist import Phrases, folded, spread
from checks.services.wording import denies, placeholder, says_nothing, under_construction
from claims.persian import digits

Help = Literal["guide", "faq", "phone", "mail", "hours"]
HELPS: tuple[Help, ...] = ("guide", "faq", "phone", "mail", "hours")

GUIDES = Phrases(
    ["راهنما", "راهنمای", "راهنمای خدمت", "راهنمای کاربران", "راهنمای استفاده", "راهنمایی", "آموزش استفاده", "آموزش ثبت درخواست", "آموزش کار با سامانه", "فیلم آموزشی",
     "ویدئوی آموزشی", "شیوه انجام خدمت", "مراحل انجام خدمت", "مراحل انجام کار", "نحوه انجام خدمت", "نحوه ثبت درخواست",
     "guide", "user guide", "how to apply", "help", "instructions", "الدليل"]
)  # fmt: skip
CONTACTS = Phrases(["تماس با ما", "ارتباط با ما", "پشتیبانی", "پشتیبانی خدمت", "تماس با پشتیبانی", "مرکز تماس",
                    "راه های ارتباطی", "راه های تماس", "contact", "contact us", "support", "helpdesk", "اتصل بنا"])  # fmt: skip
_PHONE_WORDS = Phrases(
    ["تلفن", "تلفن تماس", "تلفن گویا", "تماس", "شماره تماس", "مرکز تماس", "پشتیبانی", "سامانه گویا", "تماس بگیرید",
     "phone", "tel", "telephone", "call", "call center", "support", "هاتف"]
)  # fmt: skip
# what stands right before a number that is called
_CALLED = Phrases(
    ["تلفن", "تماس", "شماره تماس", "مرکز تماس", "سامانه گویا", "گویا", "phone", "tel", "call", "هاتف"]
)
_NEAR = 14
_YEAR = re.compile(r"(?:13[89]\d|140\d|1410|20[12]\d)$")
_POSTAL = Phrases(["کد پستی", "کدپستی", "صندوق پستی", "شناسه ملی", "postal code", "postcode", "po box"])
_FAX_ONLY = Phrases(["نمابر", "دورنگار", "فکس", "fax"])
# a number as people write it, with its area code; or a short number of a call centre, beside a word that says so
_PHONE = re.compile(r"(?<![\d/.-])(?:\+98[ -]?|0098[ -]?|0)\d{2,3}[ )-]{0,3}\d{3,4}[ -]?\d{2,5}(?![\d/])")
_LOCAL = re.compile(r"(?<![\d/.-])\d{8}(?![\d/])|(?<![\d/.-])[1-9]\d{2,4}(?![\d/])")
_SAME = re.compile(r"^(\d)\1*$")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})")
_MADE_UP = re.compile(r"(?:^|\.)(?:example|domain|yourdomain|sample|site)\.|^(?:xxx|test)\.", re.IGNORECASE)
_HOURS = re.compile(
    folded(
        # «ظرف ۴۸ ساعت کاری» tells none, and a telephone before the words does not matter
        r"(?<!\D\d )(?<!\D\d\d )(?<!\D\d\d\d )(?:ساعت|ساعات|زمان) ?(?:های)? ?(?:کار|کاری|اداری|پاسخگویی|پاسخ گویی|پاسخ دهی|پشتیبانی|مراجعه|فعالیت|تماس)(?:\W+\w+){0,8}?\W+\d{1,2}"
        r"|(?:شنبه|همه روزه|روزهای کاری|روزهای اداری)(?:\W+\w+){0,6}?\W+(?:از )?(?:ساعت )?\d{1,2}(?: \d\d)? (?:تا|الی) (?:ساعت )?\d{1,2}"
        r"|(?:از )?ساعت \d{1,2}(?: \d\d)? (?:صبح )?(?:تا|الی) (?:ساعت )?\d{1,2}"
        r"|24 ساعته|شبانه روزی|7 24"
        r"|(?:office|opening|working|support|business) hours(?:\W+\w+){0,6}?\W+\d{1,2}"
        r"|(?:saturday|sunday|monday) (?:to|through) \w+(?:\W+\w+){0,3}?\W+\d{1,2}"
    )
)
_QUESTIONS = 2
_GUIDE = 80
_LONGEST_HEAD = 60
_LABEL = re.compile(r"\s*+([^:：\n]{4,40})\s*+[:：]\s*+")


def helps_of(page: Reading) -> dict[Help, str]:
    """What the page gives, each with the words that say so; nothing on a page that was not filled in."""
    if (
        placeholder(page) is not None
        or says_nothing(page) is not None
        or under_construction(page) is not None
    ):
        return {}
    found: dict[Help, str] = {}
    for line in page.own:
        text = digits(line.text)
        if "phone" not in found and (number := _phone(text)):
            found["phone"] = line.text[:200] if len(line.text) <= 200 else number
        if "mail" not in found and (mail := _mail(text)):
            found["mail"] = mail
        if "hours" not in found and _HOURS.search(f" {spread(text)}") and not denies(text):
            found["hours"] = line.text[:200]
    if (said := _guide(page)) is not None:
        found["guide"] = said
    if (said := questions(page)) is not None:
        found["faq"] = said
    return found


def _phone(text: str) -> str | None:
    if _FAX_ONLY.find(text) and not _PHONE_WORDS.find(text):
        return None
    for match in _PHONE.finditer(text):
        postal = _POSTAL.find(text[max(0, match.start() - _NEAR) : match.start()]) is not None
        if not postal and _real(match.group()):
            return match.group()
    if len(text) <= 200 and _PHONE_WORDS.find(text) is not None:
        for match in _LOCAL.finditer(text):
            near = text[max(0, match.start() - _NEAR) : match.start()]
            if _CALLED.find(near) is not None and not _YEAR.match(match.group()) and _real(match.group()):
                return match.group()
    return None


def _real(number: str) -> bool:
    """«۰۲۱-۰۰۰۰۰۰۰۰» and «12345678» fill a template."""
    plain = re.sub(r"\D", "", number)
    last = plain[-min(8, len(plain)) :]
    return _SAME.match(last[-7:]) is None and "12345678".find(last) < 0


def _mail(text: str) -> str | None:
    for match in _MAIL.finditer(text):
        if _MADE_UP.search(match["host"]) is None:
            return match.group()[:200]
    return None


def _guide(page: Reading) -> str | None:
    """A heading, tab or label that says so, with text below it; the page's main heading names the service."""
    lines, main = page.own, page.main_heading
    for position, line in enumerate(lines):
        if line is main:
            continue
        label = _LABEL.match(line.text) if not line.linked else None
        if label is not None and GUIDES.find(label.group(1)) and len(line.text) - label.end() >= _GUIDE:
            return line.text[:200]
        if not line.heading or GUIDES.find(line.text) is None:
            continue
        below: list[str] = []
        for following in lines[position + 1 :]:
            if following.heading and following.heading <= line.heading:
                break
            below.append(following.text)
        if sum(map(len, below)) >= _GUIDE:
            return line.text[:200]
    return next(
        (
            said[:200]
            for said, inside in _panels(page)
            if GUIDES.find(said) is not None
            and sum(len(one.text) for one in inside if not one.linked and not _contact(one.text)) >= _GUIDE
        ),
        None,
    )


def _panels(page: Reading) -> Iterator[tuple[str, list[Line]]]:
    """What tabs and heads of an accordion say, with the lines that they open."""
    for panel in panels(page.document.tree.body):
        if 2 <= len(panel.said) <= _LONGEST_HEAD:
            root = panel.roots[0].mem_id
            held = [line for line in page.own if any(one.mem_id == root for one in ancestry(line.node))]
            yield panel.said, [line for line in held if line.text != panel.said]


def _contact(text: str) -> bool:
    plain = digits(text)
    return _phone(plain) is not None or _mail(plain) is not None


def questions(page: Reading) -> str | None:
    """The heading or tab of frequent questions with at least two of them below it."""
    called = names("faq")
    lines = page.own
    for position, line in enumerate(lines):
        if line.heading and called.find(line.text) is not None and _asks(lines[position + 1 : position + 80]):
            return line.text[:200]
    return next(
        (
            said[:200]
            for said, inside in _panels(page)
            if called.find(said) is not None and _asks(inside[:80])
        ),
        None,
    )


def _asks(lines: Sequence[Line]) -> bool:
    asked = [line.text.rstrip().endswith(("؟", "?")) for line in lines]
    told = any(not asks and len(line.text) > 20 for asks, line in zip(asked, lines, strict=True))
    return sum(asked) >= _QUESTIONS and told
