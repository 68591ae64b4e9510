"""Which answers are a firewall's. Each row: name, expected code, status, headers, body."""

import pytest

from evidence.kinds.http import HttpFacts
from web.challenge import challenge_marker
from web.document import Document

MENU = "".join(f'<a href="/m{n}">بخش {n}</a>' for n in range(20))
PROSE = "سازمان در سال گذشته طرح نوسازی سامانه‌ها را اجرا کرد و گزارش آن را منتشر ساخت. " * 12


def page(title: str, body: str) -> str:
    return f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head><body>{body}</body></html>"


FIREWALL = [
    ("header alone", "cloudflare", 403, (("CF-Mitigated", "challenge"),), None),
    ("waf action", "aws_waf", 202, (("x-amzn-waf-action", "challenge"),), page("", "")),
    ("cloudflare", "browser_check", 503, (), page("Just a moment...", "<noscript>Enable JavaScript</noscript>")),
    ("cloudflare form", "cloudflare", 403, (), page("", "<form id=challenge-form><input type=hidden></form>")),
    ("big ip with 200", "f5", 200, (), page(
        "Request Rejected",
        "The requested URL was rejected. Please consult with your administrator.<br>Your support ID is: 123",
    )),
    ("incapsula frame", "incapsula", 200, (), page("", '<iframe id="main-iframe" src="/_Incapsula_Resource?x=1"></iframe>')),
    ("national filter", "national_filter", 403, (), page("M1-6", '<iframe src="http://10.10.34.35:80"></iframe>')),
    ("persian browser check", "browser_check", 200, (), page(
        "لطفاً صبر کنید", "<p>در حال بررسي امنيت اتصال شما هستیم</p><script>go()</script>")),
    ("transfer page", "browser_check", 200, (), page("در حال انتقال به سایت مورد نظر هستید...", "<script>x()</script>")),
    ("persian block", "block_page", 200, (), page("خطا", "درخواست شما توسط دیواره آتش مسدود شد. شناسه پیگیری: ۱۲۳")),
    ("english block", "block_page", 406, (), page("Blocked", "Your request has been blocked. Incident 8213.")),
    ("captcha by name", "captcha", 200, (), page(
        "تایید", '<form method=post><img src="/c.png"><input name="captcha"><button>ادامه</button></form>')),
    ("captcha by label", "captcha", 200, (), page(
        "ورود به سایت", '<form method=post><p>حروف داخل تصویر را وارد کنید</p><img src="/i?1"><input name="q1"></form>')),
    ("captcha widget", "captcha", 200, (), page("Verify", '<form><div class="g-recaptcha"></div></form>')),
    ("captcha picture", "captcha", 403, (), page("", '<img src="/captcha/image?id=7">')),
    ("presentation forms", "browser_check", 200, (), page("سایت", "<p>ﺩﺭ ﺣﺎﻝ ﺑﺮﺭﺳﯽ ﺍﻣﻨﯿﺖ</p><script>go()</script>")),
    ("letters drawn out", "block_page", 200, (), page("خطا", "دسترسی شما مسـدود شده است")),
    ("transfer in English", "browser_check", 200, (), page("Transferring to the website...", "<p>Transferring to the website...</p><script>x()</script>")),
    ("transfer in Persian", "browser_check", 200, (), page("پورتال", "<p>در حال انتقال به وب‌سایت، لطفاً صبر کنید</p><script src='/a.js'></script>")),
    ("sucuri's script", "sucuri", 200, (), page(
        "You are being redirected...", "<noscript>Javascript is required. Please enable javascript before you are allowed to see this page.</noscript>"
        "<script>var s={},u,c,U,r,i,l=0,a,e=eval,w=String.fromCharCode,sucuri_cloudproxy_js='',S='cz0iMXN1';e(r);</script>")),
    ("cloudflare with the agency's looks", "cloudflare", 403, (), page(
        "سازمان آب", MENU + PROSE + "<script>window._cf_chl_opt={cvId:'3',cZone:'portal.test'};</script>")),
    ("a script in a file of its own", "script_file", 200, (), page("", '<script src="/.well-known/ddos-guard/check?context=free"></script>')),
    ("f5's script", "script_file", 200, (), page("", '<noscript>Please enable JavaScript</noscript><script src="/TSPD/08a?type=10"></script>')),
    ("testcookie", "script_file", 200, (), page("", '<script src="/aes.js"></script><script>run(toNumbers("a"))</script>')),
    ("cookie script", "script_cookie", 200, (), page(
        "", '<script>document.cookie="__test=1; path=/";location.href="/?i=1";</script>')),
]  # fmt: skip

PORTAL = [
    ("home page", 200, (), page("سازمان", MENU + PROSE)),
    ("plain 404", 404, (), page("یافت نشد", "صفحه مورد نظر یافت نشد")),
    ("plain 500", 500, (), page("Error", "Internal Server Error")),
    ("form with captcha", 200, (), page(
        "صدور مجوز", '<form><input name=national><input name=phone><img src=/captcha.png><input name=captcha></form>')),
    ("tracking with captcha", 200, (), page(
        "پیگیری", '<form><label>کد رهگیری</label><input name=code><img src=/c><input name=captcha> من ربات نیستم</form>')),
    ("tracking with widget", 200, (), page(
        "پیگیری", '<form><label>کد رهگیری</label><input name=code><div class="g-recaptcha"></div></form>')),
    ("login", 200, (), page(
        "ورود", '<form><input name=u><input type=password name=p><img src=/captcha><input name=captcha>کد امنیتی</form>')),
    ("news of captchas", 200, (), page("خبر", MENU + "<p>ربات نبودن کاربران با captcha سنجیده می‌شود</p>" + PROSE)),
    ("article of a block", 200, (), page("خبر", "<p>Your request has been blocked, say users.</p>" + PROSE)),
    ("firewall as a service", 200, (), page("خدمت دیواره آتش", "<p>ارائه web application firewall و ddos protection به دستگاه‌ها</p>")),
    ("protected normal page", 200, (("Server", "cloudflare"),), page(
        "سازمان", MENU + PROSE + '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>')),
    ("single page app", 200, (), page(
        "سامانه", '<div id=root></div><script>document.cookie="l=fa";if(!window.x)location.href="#/"</script><script src=/a.js></script>')),
    ("single page app with guard script", 200, (), page("سامانه", '<div id=app></div><script src="/_Incapsula_Resource?S=1"></script>')),
    ("language redirect", 200, (), page("", '<script>location.href="/fa/"</script>')),
    ("contact form with recaptcha", 200, (), page(
        "تماس", '<form><input name=n><textarea name=t></textarea><div class="g-recaptcha"></div>من ربات نیستم</form>')),
    ("its own page of moving", 200, (), page(
        "انتقال", '<p>در حال انتقال به درگاه تازه سازمان</p><script>location.href="https://new.portal.test/"</script>')),
    ("the same by refresh", 200, (), page(
        "انتقال", '<meta http-equiv="refresh" content="3;url=https://new.portal.test/"><p>در حال انتقال به سایت</p><script>x()</script>')),
    ("what to do when blocked", 200, (), page("رفع محدودیت", "<h1>رفع محدودیت</h1><p>اگر دسترسی شما به سامانه محدود شده است، بدهی را بپردازید.</p>")),
    ("an application with a file called challenge", 200, (), page(
        "مسابقه", '<div id="app"></div><script src="/js/challenge.js"></script>')),
    ("a protected page with few words", 200, (), page(
        "سازمان", MENU[:200] + '<script>window.__CF$cv$params={r:"1"};</script><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'
        + PROSE[:400])),
    ("cloudflare as a matter", 200, (), page("راهنما", "<pre>window._cf_chl_opt = {}</pre>" + PROSE)),
    ("empty", 200, (), ""),
]  # fmt: skip


def marker(status: int, headers: tuple[tuple[str, str], ...], body: str | None) -> str | None:
    facts = HttpFacts("GET", status, "", headers, None)
    document = None if body is None else Document(body.encode(), "https://portal.test/", "text/html")
    return challenge_marker(facts, document)


@pytest.mark.parametrize(
    ("expected", "status", "headers", "body"), [row[1:] for row in FIREWALL], ids=[row[0] for row in FIREWALL]
)
def test_a_firewall_is_told(
    expected: str, status: int, headers: tuple[tuple[str, str], ...], body: str
) -> None:
    assert marker(status, headers, body) == expected


@pytest.mark.parametrize(
    ("status", "headers", "body"), [row[1:] for row in PORTAL], ids=[row[0] for row in PORTAL]
)
def test_a_portal_is_no_firewall(status: int, headers: tuple[tuple[str, str], ...], body: str) -> None:
    assert marker(status, headers, body) is None


def test_no_answer_is_no_challenge() -> None:
    assert challenge_marker(HttpFacts("GET", None, None, (), "timeout"), None) is None


GATE = 'document.cookie = "__gate=" + h(); window.location.reload();'


def test_a_script_in_a_file_of_its_own_is_read_where_it_was_fetched() -> None:
    facts = HttpFacts("GET", 200, "", (), None)
    bare = page("", '<script src="/j/x1.js"></script>')
    shell = page("سامانه", '<div id="content"></div><script src="/j/x1.js"></script>')

    def told(body: str, script: str) -> str | None:
        document = Document(body.encode(), "https://portal.test/", "text/html")
        return challenge_marker(facts, document, lambda url: script if url.endswith("/j/x1.js") else "")

    assert told(bare, GATE) == "script_cookie"
    assert told(bare, "draw()") is None
    assert told(shell, GATE) is None  # what has an id is filled by an application
