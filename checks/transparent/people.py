"""Persons in the text of a page: what names somebody, what is a post, how they can be reached. Pure text in, facts out.

Nothing of it is kept: findings count, and quote a post at most.
"""

from __future__ import annotations

import re

from checks.page.cards.values import blank
from checks.page.wordlist import Phrases, folded, spread
from claims.persian import digits

POSTS = Phrases(
    ["مدیر", "مدیرکل", "مدیر کل", "مدیرعامل", "مدیر عامل", "معاون", "قائم مقام", "رئیس", "رئیس کل", "سرپرست", "دبیر", "مشاور",
     "ذیحساب", "ذی حساب", "فرماندار", "استاندار", "شهردار", "وزیر", "بازرس", "مسئول", "کارشناس", "کارشناس مسئول", "جانشین",
     "عضو هیئت مدیره", "director", "manager", "head", "deputy", "chief", "president", "minister", "secretary", "chair", "officer",
     "chairman", "chairwoman", "chairperson", "advisor", "adviser", "vice president", "المدير", "مدير", "نائب", "رئيس"]
)  # fmt: skip
_POST_LABELS = Phrases(["سمت", "سمت سازمانی", "پست", "پست سازمانی", "مسئولیت", "عنوان شغلی", "عنوان پست", "جایگاه", "position", "post", "job title", "title"])  # fmt: skip
_NAME_LABELS = Phrases(["نام", "نام و نام خانوادگی", "نام نام خانوادگی", "نام مدیر", "نام مسئول", "نام خانوادگی", "name", "full name", "الاسم"])  # fmt: skip
_REACH_LABELS = Phrases(["تلفن", "تلفن مستقیم", "تلفن تماس", "شماره تماس", "شماره تلفن", "داخلی", "تماس", "دورنگار و تلفن", "phone", "telephone", "tel", "extension", "ext", "هاتف"])  # fmt: skip
_REACH = Phrases(
    ["ارتباط با مدیر", "ارتباط مستقیم", "ارسال پیام", "پیام به", "پیام مستقیم", "ارتباط", "تماس با", "فرم تماس", "درخواست ملاقات", "وقت ملاقات",
     "ملاقات", "send message", "send a message", "contact", "message", "write to"]
)  # fmt: skip
# one number for the whole house
_FOR_ALL = Phrases(
    [
        "تلفن سازمان",
        "تلفنخانه",
        "تلفن خانه",
        "مرکز تلفن",
        "تلفن گویا",
        "تلفن گویای",
        "تلفن مرکزی",
        "تلفن ساختمان",
        "switchboard",
    ]
)
_POLITE = re.compile(folded(r"(?<!\w)(?:جناب اقای|سرکار خانم|اقای|خانم|جناب|mr|mrs|ms)(?!\w)"))
_LEARNED = re.compile(
    folded(
        r"(?<!\w)(?:دکتر|مهندس|سید|سیده|حاج|حجت الاسلام(?: والمسلمین)?|سردار|سرهنگ|سرتیپ|dr|eng|prof)(?!\w)"
    )
)
# words that stand in no name: so a line of other words is no person
_COMMON = frozenset(
    spread(
        "معاونت مدیریت مدیران معاونان مسئولان مسئولین واحد اداره ادارات دفتر سازمان وزارت وزارتخانه مرکز شرکت بخش گروه هیئت هیات کمیته شورا ستاد حوزه امور "
        "خدمات خدمت مشترکین روابط عمومی حقوقی مالی اداری فنی توسعه برنامه ریزی برنامه‌ریزی منابع انسانی فناوری اطلاعات آمار تلفن نمابر فکس داخلی "
        "شماره تماس پست الکترونیک الکترونیکی ایمیل رایانامه نشانی آدرس سایت وب ارتباط ارسال پیام فرم درخواست ملاقات حضوری مستقیم صفحه خانه "
        "اصلی بازگشت ادامه مطلب بیشتر مشاهده جزئیات سوابق تحصیلات رزومه نام خانوادگی سمت عنوان ردیف عکس تصویر معرفی ما درباره سامانه دسترسی "
        "آزاد انتشار قانون گزارش سال استان شهرستان شهر منطقه جمهوری اسلامی کل عامل محترم عزیز دکترا کارشناسی ارشد لیسانس رشته دانشگاه مقام "
        "بازرسی حراست است شود کنید و در به از برای با که این را های هر یک دو سه نظارت پژوهش آموزش بهره برداری پشتیبانی تحول هوشمندسازی "
        "وظایف شرح اهداف ساختار سازمانی چارت تشکیلات فهرست اخبار خبر تاریخ ساعت روز ناظر عضو هیئت‌مدیره مدیره ساختمان مرکزی میدان خیابان کوچه بلوار پلاک طبقه جلسه جلسات همایش نشست بازدید دیدار فایل دانلود دریافت سالانه عملکرد بودجه متقاضیان شهروندان مردم کارکنان دولت ملی کشور "
        "the of and for office department unit services public relations contact phone email page home about news message send form list "
        "organization ministry management planning information technology human resources finance legal affairs managers officials"
    ).split()
)
_OFFICES = frozenset(spread("رابط نماینده متصدی پاسخگوی access to freedom representative").split())
_WORD = re.compile(r"[^\W\d_]{2,}")
_PARTS = re.compile(r"[،,:：؛;|/()\[\]•·\n]|\s[-–—]\s|(?<=\w{3})\.\s")
# what ends a sentence and no post
_VERBS = frozenset(
    "کرد گفت شد است دارد دارند داد نمود کند کنند هستند بود شدند کردند دادند رفت افزود شود گردید می باشد is are was said".split()
)
_MAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\[at\]|\(at\))\s?[\w-]{1,63}\.[\w.-]{2,200}")
_PHONE = re.compile(
    r"(?<!\d)(?:\+98|0098|0)\d{2,3}[\s\-–)]{0,3}\d{3,8}(?:[\s\-–]?\d{2,5})?(?!\d)|(?<!\d)\d{8}(?!\d)"
)
_SHORT_NUMBER = re.compile(r"(?<!\d)\d{3,8}(?!\d)")
_NO_NAME = re.compile(r"[\d@/\\<>?!؟]|\w\.\w")
_NEAR = 24


def office_words(text: str) -> str:
    """The words of a post or office, every word that may be a name or a number left out: «مدیر فنی … …»."""
    return " ".join(word if _is_office_word(word) else "…" for word in text.split())[:120]


def _is_office_word(word: str) -> bool:
    parts = spread(word).split()
    return all(part in _COMMON or part in _OFFICES or POSTS.find(part) is not None for part in parts)


def person(text: str) -> bool:
    """Whether somebody is named: with «آقای», «دکتر» and the like, or as a part of the text that is nothing but a name."""
    return any(_addressed(part) or bare_name(part) for part in _PARTS.split(text[:600]))


def addressed(text: str) -> bool:
    """Whether somebody is named in a way that no other words are written."""
    return any(_addressed(part) for part in _PARTS.split(text[:600]))


def _addressed(part: str) -> bool:
    words = spread(part)
    for mark, least in ((_POLITE, 1), (_LEARNED, 2)):
        for match in mark.finditer(words):
            following = _LEARNED.sub(" ", _POLITE.sub(" ", words[match.end() :])).split()
            named = 0
            for word in following[:4]:
                if not _is_name_word(word):
                    break
                named += 1
            if named >= least:
                return True
    return False


def bare_name(text: str) -> bool:
    """Two to four words, none of which stands outside of names."""
    if not 5 <= len(text) <= 60 or _NO_NAME.search(digits(text)):
        return False
    words = _LEARNED.sub(" ", _POLITE.sub(" ", spread(text))).split()
    return 2 <= len(words) <= 4 and all(_is_name_word(word) for word in words)


def _is_name_word(word: str) -> bool:
    return _WORD.fullmatch(word) is not None and word not in _COMMON and POSTS.find(word) is None


def post(text: str) -> str | None:
    """The part of the text that is a post; None for none."""
    for part in _PARTS.split(text[:600]):
        words = spread(part).split()
        if POSTS.find(part) and len(part) <= 120 and words[-1] not in _VERBS:
            return " ".join(part.split())
    return None


def is_label(text: str, of: str) -> bool:
    """Whether a text is the label of a name, a post or a way to reach somebody (`name`, `post`, `reach`)."""
    return {"name": _NAME_LABELS, "post": _POST_LABELS, "reach": _REACH_LABELS}[of].is_whole(
        text.strip(" :：*")
    )


def labelled(text: str, of: str) -> str | None:
    """The value behind such a label at the beginning of a text; None without one, or where nobody filled it in."""
    head, colon, value = text.replace("：", ":").partition(":")
    if not colon or not is_label(head, of) or blank(value):
        return None
    return value.strip() or None


def reachable(text: str) -> bool:
    """A telephone number, an extension behind its label, or an address for mail; a switchboard reaches nobody."""
    plain = digits(text)
    if of_the_house(text):
        return False
    if _MAIL.search(plain) or _PHONE.search(plain):
        return True
    folded_ = plain.lower()
    return any(
        any(word in folded_[max(0, match.start() - _NEAR) : match.start()] for word in ("تلفن", "تماس", "داخلی", "phone", "tel", "ext"))
        for match in _SHORT_NUMBER.finditer(folded_)
    )  # fmt: skip


def of_the_house(text: str) -> bool:
    """Whether a text speaks of the switchboard, which is everybody's and nobody's."""
    return _FOR_ALL.find(text) is not None


def invites(text: str, href: str) -> bool:
    """Whether a link is a way to reach somebody: mail, telephone, a message, an appointment."""
    return href.strip().lower().startswith(("mailto:", "tel:")) or _REACH.find(text[:120]) is not None
