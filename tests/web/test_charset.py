"""Character sets: names of the web alone, each readable to its end, whatever the bytes."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webencodings.labels import LABELS as NAMES

from web.charset import codec_of, declared, decode

LABELS = sorted(label for label in NAMES if codec_of(label) is not None)
# Codecs that Python has and the web has not: of text that is something else, slow ones, and some that raise.
NO_LABELS = (
    *("punycode", "idna", "undefined", "zlib", "hex", "rot13", "base64", "bz2", "uu", "quopri", "unicode_escape"),
    *("raw_unicode_escape", "utf-7", "utf-8-sig", "utf-32", "cp037", "mbcs", "latin-1", "x-user-defined"),
    *("iso-2022-kr", "hz-gb-2312", "replacement", "palmos", "no-such-thing"),
)  # fmt: skip


@pytest.mark.parametrize("label", NO_LABELS)
@pytest.mark.parametrize("declares", ["header", "markup"])
def test_a_name_that_is_none_on_the_web_is_as_none(label: str, declares: str) -> None:
    body = "<!doctype html><p>درخواست پروانه".encode()
    kind: str | None = "text/html"
    if declares == "header":
        kind = f"text/html; charset={label}"
    else:
        body = f"<meta charset={label}>".encode() + body
    assert decode(body, kind) == (body.decode(), "utf-8")
    assert declared(body, kind)[:2] == (None, None)


@given(st.binary(max_size=2_000), st.sampled_from(LABELS))
def test_every_label_reads_every_body(body: bytes, label: str) -> None:
    text, name = decode(body, f"text/html; charset={label}")
    assert isinstance(text, str)
    assert name == codec_of(label) or body.startswith(
        (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("text/html; charset=windows-1256", "cp1256"),
        ('text/html; Charset = "Windows-1256"', "cp1256"),
        ("text/html;charset=ISO-8859-1", "cp1252"),
        ("text/html; charset=gb2312", "gb18030"),
        ("text/html; charset=UTF-16", "utf-16-le"),
        ("text/html; charset=" + " " * 50 + "utf-8", "utf-8"),
    ],
)
def test_names_mean_what_browsers_make_of_them(kind: str, name: str) -> None:
    assert decode(b"<p>x</p>", kind)[1] == name


def test_the_names_of_codecs_are_pythons_own() -> None:
    names = {codec_of(label) for label in LABELS}
    assert {name for name in names if name is not None and codecs.lookup(name).name != name} == set()
    assert len(LABELS) > 200
    assert set(NAMES) - set(LABELS) == {
        *("csiso2022kr", "hz-gb-2312", "iso-2022-cn", "iso-2022-cn-ext", "iso-2022-kr", "replacement"),
        "x-user-defined",
    }
