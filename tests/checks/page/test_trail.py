"""What a page's trail calls the page itself, in the shapes of content systems."""

from __future__ import annotations

import pytest

from checks.page.trail import last_step
from web.document import Document

NAME = "صدور پروانه"
TRAILS = {
    "DotNetNuke": f"<span id=dnn_dnnBREADCRUMB_lblBreadCrumb><a href=/ class=SkinObject>خانه</a> > <a href=/s class=SkinObject>خدمات</a> > <a class=SkinObject>{NAME}</a></span>",
    "Liferay": f"<nav id=breadcrumbs><ul class='breadcrumb breadcrumb-horizontal'><li><a href=/>خانه</a><span class=divider>/</span></li><li class='active last breadcrumb-truncate'><span>{NAME}</span></li></ul></nav>",
    "Drupal": f"<nav class=breadcrumb role=navigation><h2 class=visually-hidden>مسیر</h2><ol><li><a href=/>خانه</a></li><li>{NAME}</li></ol></nav>",
    "WordPress": f"<div class=rank-math-breadcrumb><p><a href=/>خانه</a><span class=separator> » </span><span class=last>{NAME}</span></p></div>",
    "ASP.NET": f"<span id=ctl00_SiteMapPath1><span><a href=/>خانه</a></span><span> &gt; </span><span>{NAME}</span></span>",
    "schema.org": f"<ol itemscope itemtype=https://schema.org/BreadcrumbList><li itemprop=itemListElement><a itemprop=item href=/><span itemprop=name>خانه</span></a></li><li itemprop=itemListElement><a itemprop=item href=/page#main><span itemprop=name>{NAME}</span></a></li></ol>",
    "WAI-ARIA": f"<nav aria-label=Breadcrumb><a href=/>خانه</a> ← <a href=/page aria-current=page>{NAME}</a></nav>",
    "by hand": f"<td><font><a href=/index.htm>صفحه اصلی</a> &raquo; <a href=/s.htm><font>خدمات</font></a> &raquo; <span>{NAME}</span></font></td>",
    "by hand, all text": f"<p><A HREF=index.asp>خانه</A> / خدمات الکترونیک / {NAME}<br>متن صفحه",
    "by hand, words beside an arrow": "<div><a href=/>صفحه نخست</a> &lt; <a href=/s>خدمات</a> &gt; صدور <b>پروانه</b></div>",
    "words of a step in parts": "<ul class=crumbs><li><a href=/>خانه</a><li>صدور <b>پروانه</b></ul>",
}  # fmt: skip
NO_TRAILS = {
    "nothing": "<p>متن</p>",
    "its last step is another page's": "<div class=breadcrumb><a href=/>خانه</a> » <a href=/services>خدمات</a></div>",
    "one step": "<ol class=breadcrumb><li>خانه</ol>",
    "no step leads anywhere": "<ol class=breadcrumb><li>خانه<li>خدمات</ol>",
    "a menu with arrows": "<div><a href=/>خانه</a> » <a href=/services>خدمات</a> » <a href=/contact>تماس</a></div>",
    "a menu with signs between": f"<div><a href=/>خانه</a> | <a href=/services>خدمات</a> | {NAME}</div>",
    "a quotation after the home page": f"<p><a href=/>خانه</a> «{NAME}» را ببینید.</p>",
    "an arrow after another link": f"<p><a href=/news>اخبار</a> » {NAME}</p>",
    "on the next line": f"<p><a href=/>خانه</a> » <br>{NAME}</p>",
    "a long line after an arrow": f"<p><a href=/>خانه</a> » {'متن بلند ' * 40}</p>",
    "more than any has, by hand": f"<p><a href=/>خانه</a> » {'<b>x</b>' * 1_000}</p>",
    "a sentence": f"<ol class=breadcrumb><li><a href=/>خانه</a><li>{'متن بلند ' * 40}</ol>",
    "more than any has": f"<div class=breadcrumb><a href=/>خانه</a>{'<b>x</b>' * 1_000}</div>",
}


@pytest.mark.parametrize("shape", TRAILS)
def test_the_page_is_called_by_its_last_step(shape: str) -> None:
    document = Document(f"<main>{TRAILS[shape]}</main>".encode(), "https://site.test/page")
    assert last_step(document) == NAME


@pytest.mark.parametrize("shape", NO_TRAILS)
def test_what_is_no_trail_calls_it_nothing(shape: str) -> None:
    document = Document(f"<main>{NO_TRAILS[shape]}</main>".encode(), "https://site.test/page")
    assert last_step(document) == ""
