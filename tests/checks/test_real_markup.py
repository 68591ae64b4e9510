"""Pages put together from the markup that content systems really write: nothing of it may be our own error in any check."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from claims.model import Agency, Dataset, Service
from tests.depth import tries

PORTAL = "http://www.bagh.test/"
SEED = int(os.environ.get("GOVAH_SEED", "1404"))
TITLES = ("صدور پروانه کشت گل محمدی", "تمدید پروانه کشت نخل", "ثبت درخواست")
WORDS = (
    *("شناسه خدمت : 10022733000", "مدارک مورد نیاز", "هزینه", "نحوه ارائه: الکترونیکی", "ورود به سامانه", "تاریخ: ۱۴۰۴/۰۵/۱۲"),
    *("شکایات", "حریم خصوصی", "بیانیه توافق سطح خدمت", "نظرسنجی", "پرسش‌های متداول", "English", "داده باز", "تماس با ما", "۱۲٬۳۴۵"),
    *("", " ", "\u200c", "\u200f", "\ufefb\ufef3", "&#1587;&#1604;&#1575;&#1605;", "؟", ":", "|", "…", "*", "a" * 120, "<b></b>", "&nbsp;"),
    *TITLES,
)  # fmt: skip
TARGETS = (
    *("", "#", "#top", "#!", "javascript:void(0)", "javascript:__doPostBack('ctl00$m','')", "mailto:", "tel:021", "/f/1.pdf", "/f/.docx"),
    *("/service/12", "//e.bagh.test/x", "https://other.test/a?b=c#/d", "?id=7&amp;lang=fa", "http://[", "http://exa mple/", "data:,x", "%"),
    *("/a%20b%zz", "https://sso.my.gov.ir/login?client_id=", "intent://x", "/en/", "\n/x\n"),
)  # fmt: skip
# «…» is filled with further markup, «w» with words, «t» with a target.
SHAPES = (
    '<a href="t"><i class="fa fa-file-pdf-o"></i></a>', '<a href="t"><img src="t"></a>', '<a href="t"><img alt="" src></a>', "<a>w</a>",
    '<a href="t" onclick>w</a>', '<a name="w">w</a>', '<a href="t" title="w" aria-label="">…</a>', "<button></button>",
    '<button type="button" data-target="#x" data-href="t">w</button>', '<input>', '<input type="search" name>', '<input value="w" disabled>',
    '<input type="text" placeholder="w" onkeyup="f()">', '<select></select>', '<select name="s"><option>w<option value="">w</select>',
    "<textarea></textarea>", '<form action="t">…</form>', '<form role="search"><input name="q"><button></button></form>',
    "<form><input type=hidden name=__VIEWSTATE value=x>…</form>", "<table><tr><td>w<td>…</table>", "<table><tr><th>w</th></tr></table>",
    "<table></table>", '<table><tr><td colspan="x" rowspan="-1">w</td><td></td></tr><tr></tr></table>', "<dl><dt>w<dd>w<dt></dl>",
    "<ul><li>…<li>w<li></ul>", '<div class="title">w</div><div class="content">…</div>', "<details><summary>w</summary>…</details>",
    '<div class="accordion"><a data-bs-toggle="collapse" href="#c1">w</a><div id="c1">…</div></div>', "<h1></h1>", "<h1>w</h1>", "<h2>…</h2>",
    "<h7>w</h7>", "<p>w</p>", "<p>w w w", "<center><font color>w</font></center>", '<div role="tab" aria-controls="p1">w</div><div id="p1">…</div>',
    '<iframe></iframe>', '<iframe src="t"></iframe>', "<object data></object>", '<svg><a xlink:href="t"><text>w</text></a></svg>',
    "<!-- <form><input name=a></form> -->", "<script>var a = '<a href=\"/x\">';</script>", "<style>.a{background:url()}</style>", "<noscript>w</noscript>",
    '<div hidden>…</div>', '<div style="display:none">…</div>', '<span class="btn" onclick="location=\'t\'">w</span>', '<label for="">w</label>',
    '<label>w<input type=checkbox checked></label>', '<time datetime="">w</time>', '<time datetime="1404-99-99">w</time>', '<meta http-equiv="refresh" content="x">',
    '<video src></video>', '<area href="t">', '<img srcset=", ,">', '<base href>', "<ul><li><a href=\"t\">w</a><ul><li><a href=\"t\">w</a></ul></ul>",
    '<nav>…</nav>', "<header>…</header>", "<footer>…</footer>", "<main>…</main>", "<article>…</article>", "<aside>…</aside>", '<div id="w" class>…</div>',
    '<div class="modal" role="dialog" id="m">…</div><a href="#m" data-toggle="modal">w</a>', "<fieldset disabled><legend>w</legend>…</fieldset>",
    '<script type="application/ld+json">{"@type": null}</script>', '<script type="application/ld+json">[]</script>', "<template>…</template>", "<br>", "<hr>",
)  # fmt: skip


def markup(draw: random.Random, depth: int = 0) -> str:
    """Some shapes, one inside the other."""
    shapes = (draw.choice(SHAPES) for _ in range(draw.randint(1, 8 - 2 * depth)))
    return "".join(_filled(draw, shape, depth) for shape in shapes)


def _filled(draw: random.Random, shape: str, depth: int) -> str:
    parts: list[str] = []
    for piece in shape.replace('"t"', '"\0"').replace("'t'", "'\0'").split("\0"):
        parts += [piece, draw.choice(TARGETS)]
    text = "".join(parts[:-1])
    text = "".join(
        draw.choice(WORDS) if letter == "w" and alone else letter for letter, alone in _letters(text)
    )
    inside = markup(draw, depth + 1) if depth < 3 else draw.choice(WORDS)
    return text.replace("…", inside)


def _letters(text: str) -> list[tuple[str, bool]]:
    """Each letter, and whether it stands between marks or spaces."""
    edges = f" {text} "
    marks = "<>\" '"
    return [
        (letter, edges[place] in marks and edges[place + 2] in marks) for place, letter in enumerate(text)
    ]


@pytest.mark.parametrize("number", range(tries(12, 400)))
def test_no_markup_is_our_own_error(seen: Any, number: int) -> None:
    draw = random.Random(f"{SEED}-{number}")
    seen.agency = Agency("bagh", "سازمان باغداری بم", "main", PORTAL)
    seen.services = tuple(
        Service(
            "bagh", f"s{place}", title, True, url=f"{PORTAL}service/{place}", level="transaction", fee=True
        )
        for place, title in enumerate(TITLES)
    )
    seen.datasets = (Dataset("bagh", "d", "آمار ۱۴۰۳", f"{PORTAL}data", "csv"),)

    def page() -> str:
        title = f"<title>{draw.choice(WORDS)}</title>" if draw.random() < 0.8 else ""
        body = markup(draw)
        return (
            body
            if draw.random() < 0.1
            else f"<!doctype html><html><head>{title}</head><body>{body}</body></html>"
        )

    seen.http(PORTAL, page(), purpose="home", at=1)
    for place in ("service/0", "service/1", "service/2", "data", "news", "en/", "privacy", "f/1.pdf"):
        html = page()
        seen.twice(f"{PORTAL}{place}", html, purpose="claim")
        if draw.random() < 0.4:
            seen.rendered(f"{PORTAL}{place}", html)
    seen.account()
    wrong = [(one.check, one.subject.id, one.observed) for one in seen.judge() if one.reason == "own_error"]
    assert not wrong, (SEED, number, wrong[:3])
