"""Texts that a portal, a sheet or a header may hold so as to do harm where they are shown.

One table for all that is written for people and programs: pages, sheets, terminal, JSON. What a text must not do where
it arrives is for the test of that place to say.
"""

from __future__ import annotations

_ZWJ, _VS16 = "\u200d", "\ufe0f"

# name -> text; each shorter than 2,000 characters
HOSTILE = {
    # markup
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "attribute": "\" onmouseover=\"alert(1)\" x='",
    "apostrophe": "' autofocus onfocus='alert(1)",
    "backtick": "`onerror=alert(1)`",
    "style end": "</style><svg onload=alert(1)>",
    "title end": "</title><script>alert(1)</script>",
    "pre end": "</pre></details></main><h1>x</h1>",
    "textarea end": "</textarea></select></template></noscript><b>x</b>",
    "comment": "--><!-- <b>x</b> --!><!--",
    "cdata": "]]>&amp;&lt;<![CDATA[<b>x</b>",
    "declaration": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "references": "&#60;script&#62; &lt;b&gt; &nbsp;&rlm;&#x202e;",
    "half a tag": "<a href=",
    "base": '<base href="//evil.test/"><meta http-equiv=refresh content="0;url=//evil.test/">',
    "form": "<form action=//evil.test><input name=a><button>",
    # addresses
    "javascript": "javascript:alert(1)",
    "javascript in disguise": " jAvA\tscript:alert(1)//",
    "data": "data:text/html,<script>alert(1)</script>",
    "address": "https://evil.test/?a=\"onmouseover='x'&b=<c>",
    "credentials": "https://bank.test@evil.test/\u2044login",
    "path": "../../../../etc/passwd",
    "path with a nul": "a\x00/../b",
    "device": "CON.html",
    # templates and programs
    "template": "{{7*7}}{% raw %}{# x #}",
    "template object": "{{ ''.__class__.__mro__ }}",
    "format": "{0.__class__}{x}{}%s%(a)s%n${7*7}#{7*7}<%= 7*7 %>",
    "shell": "$(id)`id`;id|id&&id\n'id'",
    # sheets
    "formula": "=HYPERLINK(\"http://evil.test\",\"x\")",
    "formula plus": "+1+cmd|' /C calc'!A0",
    "formula minus": "-2+3",
    "formula at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "formula behind a tab": "\t=1+1",
    "formula behind a line": "\r\n=1+1",
    "formula in full width": "＝1+1",
    "dde": "=DDE(\"cmd\",\"/C calc\",\"x\")",
    "separators": 'a,b;c\t"d"\r\ne\rf\ng',
    # directions
    "override": "خدمت \u202egnp.exe",
    "embedding without end": "\u202b\u202d\u202a never closed",
    "isolates": "\u2066\u2067\u2068 a \u2069\u2069\u2069\u2069 b",
    "marks": "\u200e\u200f\u061c(1) الف",
    "all ends": "\u202c\u202c\u2069\u2069",
    # what is not seen
    "controls": "".join(map(chr, range(0x20))) + "\x7f" + "".join(map(chr, range(0x80, 0xA0))),
    "nul": "a\x00b",
    "zero width": "a\u200bb\u2060c\ufeffd\u00ade",
    "tags": "a" + "".join(chr(0xE0000 + ord(c)) for c in "hidden") + "\U000e007f",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "nonsense": "\ufffe\uffff\ufdd0\U0001fffe \ue000 \U00100000",
    "surrogates": "\ud800 \udfff \udc41",
    # terminals
    "colour": "\x1b[31mred\x1b[0m\x1b[8mhidden",
    "screen": "\x1b[2J\x1b[H\x1b]0;title\x07\x1bc",
    "link of a terminal": "\x1b]8;;http://evil.test\x1b\\x\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "c1": "\x9b31m\x9d0;x\x9c\x90q",
    "overwritten": "verified\rcontradicted\b\b\b",
    "rich": "[bold red]x[/bold red][link=http://evil.test]y[/link][/]",
    "log line": "x\n2026-01-01 INFO verified\r\n::error file=a::x",
    # what breaks a line
    "long word": "ا" * 1_500,
    "long latin word": "https://a.test/" + "a" * 1_500,
    "zalgo": "Z" + "\u0334\u0317\u030d\u0489" * 300 + " x",
    "emoji": ("👩" + _ZWJ + "👩" + _ZWJ + "👧" + _VS16) * 80,
    "joiners": "می" + "\u200c" * 400 + "شود",
    "ligature": "\ufdfa" * 60 + " ﷽" * 20,
    "blanks": " \u00a0\u2003\u3000" * 200,
    "nothing": "\u200c \u200c",
    "empty": "",
}  # fmt: skip

MEGABYTE = "عنوان <b>بلند</b> " + "س" * 1_000_000
"""A title of a million letters, its beginning with markup."""


def storable(text: str) -> str:
    """The text as a file of UTF-8 can hold it: halves of surrogate pairs only reach us through escapes of JSON."""
    return text.encode("utf-8", "replace").decode("utf-8")
