"""`pages.language` and `pages.language_services`: second languages of portals in three looks, and what each comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checks.user.language_detection import detect_language
from tests.checks.service_pages import LOOKS, PORTAL, PROSE, TITLES, World, dead, moved, silent

EN = (
    "The Organization is the authority for the licences that farmers and traders need in this country. It issues permits "
    "for beekeeping and for the use of water, and it keeps the register of exports. Our offices are in all provinces, and "
    "most of our work can be done online. An applicant has to give the number of the national card and the address of the "
    "farm. The decision of the commission is sent to you by post and by a message, and it may take as long as three weeks. "
    "If you do not agree with a decision, you can write to the office of the director, who will answer within a month."
)
AR = (
    "تتولى المنظمة إصدار التراخيص التي يحتاج إليها المزارعون والتجار في البلاد، وهي الجهة المسؤولة عن سجل الصادرات. "
    "يمكن تقديم الطلب عبر الموقع أو من خلال مكاتب المنظمة في كل المحافظات، كما يمكن متابعة الطلب بعد ذلك عبر الرقم الذي "
    "يتم إرساله إلى مقدم الطلب. لا يتم قبول الطلب قبل دفع الرسوم، ومن لا يوافق على القرار يمكن له أن يكتب إلى المدير خلال "
    "شهر من تاريخ القرار، حيث يتم الرد عليه مع بيان الأسباب. إن مدة دراسة الطلب هي ثلاثة أسابيع بعد وصول كل الوثائق إلى "
    "اللجنة التي تجتمع في كل شهر، وفي هذا الشهر قد تم عقد اجتماع بين اللجنة وبين ممثلي المحافظات على هذا الأساس."
)
LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore. "
    * 3
)
FRENCH = (
    "Le ministère est chargé des autorisations dont les agriculteurs ont besoin pour leurs exploitations dans le pays. "
    * 6
)
GERMAN = (
    "Die Organisation ist die Behörde für die Genehmigungen, die Landwirte in diesem Land brauchen. Büros sind in allen "
    "Provinzen, und die meisten Anträge an das Amt gehen online in drei Wochen. Das Gesetz war schon in Kraft."
)
NAMED = "University of Tehran, Bank of Iran, Ministry of Energy, Ministry of Roads, House of Music, City of Yazd, Port of Anzali"
SHELL = "Welcome Home About Contact"
SHORT = "The services of the organization are open to all who live in this country, and you can apply for them at our office in the city or by post."
SWITCH = '<a href="/en">English</a>'
LIST = '<p><a href="/en/services">Services</a></p>'
NAMES = ("Beekeeping permit", "Renewal of well permits", "Export declaration of carpets")


def rows(*names: str) -> str:
    return (
        "<ul>" + "".join(f'<li><a href="/en/s/{n}">{name}</a></li>' for n, name in enumerate(names)) + "</ul>"
    )


def has(
    *bodies: Any, services: tuple[Any, ...] = (), switch: str = SWITCH, where: str = "/en", **more: Any
) -> Callable[[World], None]:
    """A home page with this switch, what is behind it, and what is behind its link to services."""

    def build(world: World) -> None:
        for name in TITLES if more.get("claims", True) else ():
            world.service(name, f"/s/{name}")
        world.home = f"<p>{PROSE}</p>{switch}"
        if bodies:
            world.page(where, "The Organization", *bodies)
        if services:
            world.page(f"{where}/services", "Services", *services)
        world.unfetched = [(PORTAL + url, "robots") for url in more.get("forbidden", ())]
        world.state = more.get("state", "complete")

    return build


def _once(world: World) -> None:
    has()(world)
    world.pages["/en"] = ("", [dead()], "page")


Row = tuple[Callable[[World], None], str, str | None, bool]
# name: what stands there; verdict, reason of the language, whether the look was complete
LANGUAGE: dict[str, Row] = {
    "English": (has(f"<p>{EN}</p>"), "verified", None, False),
    "Arabic": (has(f"<p>{AR}</p>", switch='<a href="/ar">العربية</a>', where="/ar"), "verified", None, False),
    "by hreflang": (has(f"<p>{EN}</p>", switch='<a hreflang="en-GB" href="/en"><img src=f.png></a>'), "verified", None, False),
    "by a picture": (has(f"<p>{EN}</p>", switch='<a href="/en"><img src=f.png alt="English"></a>'), "verified", None, False),
    "by an alternate": (has(f"<p>{EN}</p>", switch='<link rel="alternate" hreflang="en" href="/en">'), "verified", None, False),
    "thin": (has(f"<p>{SHORT}</p>"), "partial", None, False),
    "sixty words": (has(f"<p>{SHORT} {SHORT}</p>"), "partial", None, False),
    "twenty words": (has(f"<p>{SHORT[:100]}</p>"), "contradicted", "hollow", False),
    "Persian again": (has(f"<p>{PROSE}</p>"), "contradicted", "not_translated", False),
    "Persian once, then English": (has(f"<p>{PROSE}</p>", f"<p>{EN}</p>"), "verified", None, False),
    "an empty shell": (has(f"<p>{SHELL}</p>"), "contradicted", "hollow", False),
    "filler": (has(f"<p>{LOREM}</p>"), "contradicted", "hollow", False),
    "home again": (has(moved(PORTAL)), "contradicted", "redirects_home", False),
    "dead": (has(dead()), "contradicted", "dead_link", False),
    "dead once": (has(dead(), silent()), "inconclusive", "unreachable", False),
    "seen once, dead": (_once, "inconclusive", "not_attempted", False),
    "blocked": (has({"status": 403}), "inconclusive", "blocked", False),
    "robots": (has(forbidden=("en",)), "inconclusive", "robots", False),
    "not fetched": (has(), "inconclusive", "not_attempted", False),
    "made by a script": (has("<div id=app></div><script src=/a.js></script>"), "inconclusive", "needs_browser", False),
    "another language": (has(f"<p>{FRENCH}</p>"), "inconclusive", "ambiguous", False),
    "no switch": (has(switch=""), "inconclusive", "not_found_anywhere", True),
    "no switch, crawl not done": (has(switch="", state="time_budget"), "inconclusive", "no_match", False),
    "no switch, home made by a script": (has(switch="<script src=/a.js></script>"), "inconclusive", "no_match", False),
    "a script works the switch": (has(switch='<a href="#">English</a>'), "inconclusive", "needs_browser", False),
    "news in English is no switch": (has(switch='<a href="/n/1">English course for farmers</a>'), "inconclusive", "not_found_anywhere", True),
    "another body's": (has(switch='<a href="http://other.test/">English</a>'), "inconclusive", "not_found_anywhere", True),
}  # fmt: skip

FULL, HALF, ONE = rows(*NAMES), rows(*NAMES[:2]), rows(*NAMES[:1])
PAGE = f"<p>{EN}</p>{LIST}"
# of the services
SERVICES: dict[str, Row] = {
    "all": (has(PAGE, services=(FULL,)), "verified", None, False),
    "more than half": (has(PAGE, services=(HALF,)), "verified", None, False),
    "in a table": (
        has(PAGE, services=("<table>" + "".join(f"<tr><td>{name}</td><td>3 days</td></tr>" for name in NAMES) + "</table>",)),
        "verified", None, False,
    ),
    "one of three": (has(PAGE, services=(ONE,)), "partial", None, False),
    "Persian titles": (has(PAGE, services=(rows(*TITLES.values()),)), "inconclusive", "not_found_anywhere", True),
    "words of menus": (has(PAGE, services=(rows("Read more", "Contact us", "About us", "View all"),)), "inconclusive", "not_found_anywhere", True),
    "empty": (has(PAGE, services=("",)), "inconclusive", "not_found_anywhere", True),
    "no such page": (has(f"<p>{EN}</p>"), "inconclusive", "not_found_anywhere", True),
    "no such page, crawl not done": (has(f"<p>{EN}</p>", state="time_budget"), "inconclusive", "no_match", False),
    "not fetched": (has(PAGE), "inconclusive", "not_attempted", False),
    "dead": (has(PAGE, services=(dead(),)), "inconclusive", "not_found_anywhere", True),
    "by a script": (has(PAGE, services=("<div id=a></div><script src=/a.js></script>",)), "inconclusive", "not_attempted", False),
    "the language is Persian again": (has(f"<p>{PROSE}</p>{LIST}", services=(FULL,)), "contradicted", "not_translated", False),
    "the language is dead": (has(dead()), "contradicted", "dead_link", False),
    "no language": (has(switch=""), "inconclusive", "not_found_anywhere", True),
    "nothing claimed": (has(PAGE, services=(FULL,), claims=False), "not_applicable", None, False),
    "in Arabic": (
        has(
            f'<p>{AR}</p><a href="/ar/services">الخدمات</a>', switch='<a href="/ar">العربية</a>', where="/ar",
            services=(rows("ترخيص تربية النحل", "تجديد ترخيص البئر"),),
        ),
        "verified", None, False,
    ),
}  # fmt: skip


def judged(seen: Any, look: str, build: Callable[[World], None], check: str) -> Any:
    world = World(seen, LOOKS[look])
    build(world)
    return world.judged(check)["portal"]


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", LANGUAGE)
def test_a_second_language(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, complete = LANGUAGE[name]
    found = judged(seen, look, build, "pages.language")
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert (found.observed.get("complete_look") is True) == complete


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", SERVICES)
def test_services_in_it(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, complete = SERVICES[name]
    found = judged(seen, look, build, "pages.language_services")
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert (found.observed.get("complete_look") is True) == complete


# what is done to a page that is verified
MUTATIONS = {
    "removed": has(),
    "emptied": has(""),
    "template": has(f"<p>{LOREM}</p>"),
    "another language": has(f"<p>{FRENCH}</p>"),
    "Persian": has(f"<p>{PROSE}</p>"),
    "dead": has(dead()),
    "home": has(moved(PORTAL)),
}


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_are_noticed(seen: Any, name: str, look: str) -> None:
    assert judged(seen, look, MUTATIONS[name], "pages.language").verdict in ("contradicted", "inconclusive")


@pytest.mark.parametrize(
    ("text", "language"),
    [(EN, "en"), (AR, "ar"), (PROSE, "fa"), (LOREM, None), (FRENCH, None), (SHELL, None), ("", None), (f"{EN} {PROSE}", None),
     ("123 456 ۷۸۹", None), ("سازمان کشاورزی استان تهران", None), (f"{AR} {PROSE}", None), (NAMED, None), (GERMAN, None)],
    ids=["en", "ar", "fa", "filler", "fr", "few", "none", "mixed", "figures", "a name", "Arabic and Persian", "names", "de"],
)  # fmt: skip
def test_languages_are_told_by_their_words(text: str, language: str | None) -> None:
    assert detect_language(text).language == language
