"""Parse errors that the reader of source is certain of; nothing on sound pages, and linear on bombs."""

from __future__ import annotations

import pytest

from checks.user.parse_errors import parse_errors

HEAD = "<!doctype html>"
CASES: dict[str, tuple[str, dict[str, int]]] = {
    "end tags left out": (f"{HEAD}<html><head><title>x</title></head><body><p>a<p>b<ul><li>1<li>2</ul><table><tr><td>1<td>2</table>", {}),
    "no doctype": ("<html><body>x", {"doctype": 1}),
    "a comment before": ("<!-- c --> <!-- d --><!DOCTYPE html><p>x", {}),
    "an XML declaration before": ('<?xml version="1.0"?><!DOCTYPE html><p>x', {}),
    "formatting across": (f"{HEAD}<div><b><i>x</b></i></div>", {"unclosed": 1}),
    "a block in a paragraph": (f"{HEAD}<p><div>x</div></p>", {"stray_end": 1}),
    "left open": (f"{HEAD}<div>", {"unclosed": 1}),
    "closed twice": (f"{HEAD}<div></div></div>", {"stray_end": 1}),
    "a slash that closes nothing": (f"{HEAD}<div/></div>", {"slash": 1}),
    "drawings and voids": (f"{HEAD}<svg><path d=1 /><g><rect/></g></svg><br/><img src=a alt=b />", {}),
    "an attribute twice": (f"{HEAD}<a href=x HREF=y>z</a>", {"attribute_twice": 1}),
    "no space between": (f"{HEAD}<a href='x'class='y'>z</a>", {"space": 1}),
    "out of a cell": (f"{HEAD}<div><table><tr><td></div></td></tr></table></div>", {"stray_end": 1}),
    "text of scripts": (f"{HEAD}<script>if (a</b>) '<div>'</script><style><b></style><textarea><i></textarea>", {}),
    "crossed": (f"{HEAD}<section><div></section></div>", {"unclosed": 1, "stray_end": 1}),
    "an end for a void": (f"{HEAD}<img src=a></img>", {"stray_end": 1}),
    "attributes without values": (f"{HEAD}<input type=checkbox checked disabled><a b>x</a>", {}),
    "tables in tables": (f"{HEAD}<table><tr><td><table><tr><td>x</td></tr></table></td></tr></table>", {}),
    "choices": (f"{HEAD}<select><option>1<option>2</select><dl><dt>a<dd>b</dl>", {}),
    "a quote in a quote": (f"""{HEAD}<a title='a "b" > c' href="x">y</a>""", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_errors_of_a_source(name: str) -> None:
    source, errors = CASES[name]
    found = parse_errors(source)
    assert (dict(found.errors), found.whole) == (errors, True)


BOMBS = {
    "deep": "<div>" * 300_000,
    "walks": "<p><table><td>" + "<b>" * 1900 + "<div></div>" * 150_000,
    "quotes": '<a b="' * 300_000,
    "brackets": "<" * 2_000_000,
    "attributes": "<a " + "b " * 900_000,
    "spaces": "<a " + " " * 1_900_000,
    "comments": "<!-- x -->" * 200_000,
    "open comments": "<!--" * 400_000,
    "ends": "</a>" * 400_000,
    "declarations": "<?xml " * 300_000,
    "equals": "<a b=" + "=" * 1_000_000,
    "scripts": "<script>" * 200_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_to_an_end(name: str) -> None:
    """Each took minutes with a reader that walks back; none takes a second with this one."""
    assert parse_errors(BOMBS[name]).elements <= 400_000
