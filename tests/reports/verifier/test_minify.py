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
        # a variable, wherever it stands
        ("const total = 1;\nf(total, `${total + 1}`, [total])", "const a=1;f(a,`${a+1}`,[a])"),
        ("const total = 1, more = 2; let one, two;", "const c=1,a=2;let b,d;"),
        ("function later(few, most = few) { return few > most; }", "function c(a,b=a){return a>b}"),
        ("const later = (few, [one, two], ...more) => f(few, one, two, more);", "const e=(a,[c,d],...b)=>f(a,c,d,b);"),
        ("try { f(); } catch (error) { g(error.message); }", "try{f()}catch(a){g(a.message)}"),
        # a property keeps its name: of a value, of a literal, of a pattern
        ("const total = 1; x.total = total", "const a=1;x.total=a"),
        ("const total = 1; x?.total", "const a=1;x?.total"),
        ("const total = 1; g({ total })", "const a=1;g({total:a})"),
        ("const total = 1; g({ b, total: total })", "const a=1;g({b,total:a})"),
        ("const { total, more = 2, few: other } = x; g(total, more, other)", "const{total:c,more:a=2,few:b}=x;g(c,a,b)"),
        ("const f = ({ total }, { more }) => total + more;", "const f=({total:b},{more:a})=>b+a;"),
        ("let one, two; [one, two] = [two, one];", "let a,b;[a,b]=[b,a];"),
        ("class Few { take(size) { return this.size + size; } }", "class b{take(a){return this.size+a}}"),
        ("const total = x ? { total: 1 } : y ? total : z;", "const a=x?{total:1}:y?a:z;"),
        ("const total = 1; if (x == total) { total(); }", "const a=1;if(x==a){a()}"),
        # short names are no words that are there
        ("const total = a + b;", "const c=a+b;"),
    ],
)  # fmt: skip
def test_a_script_is_made_small(script: str, made: str) -> None:
    assert minified([script]) == made


def test_scripts_share_their_names() -> None:
    assert minified(["const total = 1;", "f(total);"]) == "const a=1;\nf(a);"


@pytest.mark.parametrize(
    "script", ["const a = @b;", "f(`${g({})}`)", "f(`${`x`}`)", "const Map = 1;", "f((JSON) => JSON)"]
)
def test_another_style_is_refused(script: str) -> None:
    with pytest.raises(ValueError, match=r"no token|plain expressions|what browsers have"):
        minified([script])


def test_no_short_name_is_a_word_of_the_language() -> None:
    declared = "".join(f"const name{number} = 1;" for number in range(3000))
    words = set(minified([declared]).replace("const ", "").replace("=1", "").split(";"))
    assert len(words) == 3001 and not words & {"do", "if", "in", "is", "of", "as"}
