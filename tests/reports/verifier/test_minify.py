"""Scripts of verify.html made small mean what they meant."""

from __future__ import annotations

import pytest

from reports.verifier.minify import minified


@pytest.mark.parametrize(
    ("script", "made"),
    [
        ('// why\nreturn "  //  "; /* more */\n', 'return"  //  ";'),
        ("const a = /[/\"]x/.test(b) ? c - -1 : `${ d } //`;\nf();", 'const a=/[/"]x/.test(b)?c- -1:`${d} //`;f();'),
        ("let x = y\nf()\n", "let x=y\nf()"),
        # a name that is declared, wherever it stands
        ("const total = 1;\nf(total, `${total + 1}`, [total])", "const a=1;f(a,`${a+1}`,[a])"),
        ("function later(few) { return few > 1; }\nlater(2)", "function a(few){return few>1}\na(2)"),
        # what may be a property is kept: of a value, of a literal, of a pattern
        ("const total = 1; x.total = total", "const total=1;x.total=total"),
        ("const total = 1; x?.total", "const total=1;x?.total"),
        ("const total = 1; g({ total })", "const total=1;g({total})"),
        ("const total = 1; g({ b, total: 2 })", "const total=1;g({b,total:2})"),
        ("const { total, more = 2 } = x;", "const{total,more=2}=x;"),
        ("const total = 1, { more } = total; let more;", "const a=1,{more}=a;let more;"),
        # short names are no words that are there, and none of the language
        ("const total = a + b;", "const c=a+b;"),
    ],
)  # fmt: skip
def test_a_script_is_made_small(script: str, made: str) -> None:
    assert minified([script]) == made


def test_scripts_share_their_names() -> None:
    assert minified(["const total = 1;", "f(total);"]) == "const a=1;\nf(a);"


@pytest.mark.parametrize("script", ["const a = @b;", "f(`${g({})}`)", "f(`${`x`}`)"])
def test_another_style_is_refused(script: str) -> None:
    with pytest.raises(ValueError, match=r"no token|plain expressions"):
        minified([script])


def test_no_short_name_is_a_word_of_the_language() -> None:
    declared = "".join(f"const name{number} = 1;" for number in range(3000))
    words = set(minified([declared]).replace("const ", "").replace("=1", "").split(";"))
    assert len(words) == 3001 and not words & {"do", "if", "in", "is", "of", "as"}
