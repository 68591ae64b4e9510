"""One value has one form, and a reader takes no other."""

from __future__ import annotations

import json

import pytest

from evidence.canonical import DEEPEST, canonical_line, parse_canonical, parse_canonical_line


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"b": [1, -1, 0, 1.5, 1e-7, 1e16, 1e22, 0.1], "a": {"ی": "گواه\u200c"}, "A": True},
        '\x00\x1f\x7f\u2028"\\/\b\f\n\r\t',
        {"\U0001f600": 1, "\uffff": 2},
        json.loads("[" * DEEPEST + "]" * DEEPEST),
    ],
)
def test_what_is_written_is_read(value: object) -> None:
    assert parse_canonical_line(canonical_line(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}\n",
        b" {}",
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b"NaN",
        b"-Infinity",
        b"1e400",
        b"1.50",
        b"1E5",
        b"-0",
        b"01",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
        b"[" * 100_000,
    ],
)
def test_any_other_form_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse_canonical(text)
