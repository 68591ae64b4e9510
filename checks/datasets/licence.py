"""What a declared licence lets people do, by its words: open, closed, missing, or not known to us.

Judged apart from everything else: no star depends on it. Open is meant as the Open Definition has it: anybody may
use, change and pass on the data for any purpose, at most naming its source and sharing alike.
"""

from __future__ import annotations

import re
from typing import Literal

from claims.persian import fold, tight

Licence = Literal["open", "closed", "missing", "unknown"]

_MISSING = frozenset(
    tight(words)
    for words in (
        "", "none", "null", "n/a", "unknown", "not specified", "notspecified", "license not specified", "no licence",
        "ندارد", "نامشخص", "نامعلوم", "مشخص نشده", "تعیین نشده", "بدون مجوز", "اعلام نشده", "ذکر نشده",
    )
)  # fmt: skip
# One of these, and whatever else is said, something is kept back.
_CLOSED_WORDS = tuple(
    tight(words)
    for words in (
        "all rights reserved", "non commercial", "noncommercial", "no derivatives", "noderivs", "other closed", "other nc", "proprietary",
        "confidential", "internal use", "with permission", "همه حقوق", "تمام حقوق", "تمامی حقوق", "کلیه حقوق", "کلیه‌ی حقوق",
        "حق نشر محفوظ", "محفوظ است", "غیرتجاری", "غیر تجاری", "غیرانتفاعی", "ممنوع", "مجاز نیست", "مجاز نمی‌باشد", "محرمانه",
        "با اجازه", "با مجوز کتبی", "اجازه کتبی", "مجوز کتبی", "کسب اجازه", "کسب مجوز", "اخذ مجوز", "فقط برای", "صرفا برای", "صرفاً جهت", "صرفا جهت",
        "استفاده داخلی", "بدون حق تغییر", "بدون اشتقاق", "با پرداخت",
    )
)  # fmt: skip
_OPEN_WORDS = tuple(
    tight(words)
    for words in (
        "public domain", "open government licence", "open government license", "open data commons", "creative commons attribution",
        "creative commons zero", "open database license", "uk ogl", "other open", "other pd", "other at", "open licence", "open license",
        "مالکیت عمومی", "دامنه عمومی", "قلمرو عمومی", "استفاده آزاد", "استفاده‌ی آزاد", "استفادهٔ آزاد", "استفاده از آن آزاد",
        "استفاده برای همه آزاد", "بازنشر آزاد", "آزاد با ذکر", "با ذکر منبع آزاد", "با ذکر منبع بلامانع", "با ذکر مأخذ بلامانع",
        "با ذکر منبع مجاز", "بلامانع است", "مجوز باز", "داده باز", "دادهٔ باز", "داده‌ی باز", "پروانه آزاد", "مجوز آزاد",
        "کریتیو کامنز انتساب",
    )
)  # fmt: skip
# Words of closing that close nothing: «تجاری و غیرتجاری», «بدون ذکر منبع ممنوع است».
_CLOSES_NOTHING = re.compile(
    r"\bnon[\s-]?commercial (?:and|or) commercial\b|\bcommercial (?:and|or) non[\s-]?commercial\b"
    r"|(?<!غیر )(?<!غیر)تجاری (?:و|یا|و یا) غیر ?تجاری|غیر ?تجاری (?:و|یا|و یا) تجاری"
    r"|بدون (?:ذکر|درج|اشاره به) (?:منبع|ماخذ|نام)[^.،؛;]{0,40}?(?:ممنوع|مجاز ن|غیر ?مجاز)"
)
# Short names: each a token, or tokens in a row.
_NC_ND = re.compile(
    r"\bcc[\s_-]*(?:by[\s_-]*)?(?:sa[\s_-]*)?(?:nc|nd)\b|/licenses/by(?:-sa)?-(?:nc|nd)|\b(?:nc|nd)\b"
)
_SHORT = re.compile(
    r"\bcc[\s_-]?0\b|\bcc[\s_-]zero\b|\bcc[\s_-]by\b|/licenses/by(?:-sa)?/|/publicdomain/|\bodbl\b|\bodc\b|\bpddl\b|\bogl\b|\bgfdl\b"
    r"|\bmit\b|\bapache\b"
)


def judge_licence(declared: str | None) -> Licence:
    """What the words of a licence say."""
    folded = fold((declared or "")[:2_000])
    if tight(folded) in _MISSING:
        return "missing"
    folded = _CLOSES_NOTHING.sub(" ", folded)
    key = tight(folded)
    if _NC_ND.search(folded) or any(word in key for word in _CLOSED_WORDS):
        return "closed"
    if _SHORT.search(folded) or any(word in key for word in _OPEN_WORDS):
        return "open"
    return "unknown"
