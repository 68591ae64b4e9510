"""verify.html: joins the scripts, the style and the texts of verify.html into one file with the same bytes everywhere.

Its policy forbids all but this script and this style, by their hashes: nothing is loaded, sent or run besides. Comments
and spaces that only readers of the source need are left out (`squeezed`). Not here: what the page does (`source/`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from reports.catalogue import LANGUAGES, TextCatalogue

NAME = "verify.html"
# A later one uses what an earlier one defines.
SCRIPTS = "hashes bytes canonical zip signatures merkle timestamps pack record round show".split()
_FAULTS = """
added_record changed_field changed_file changed_finding changed_record changed_redaction changed_zip extra_file
foreign_signature foreign_timestamp invalid_manifest invalid_pack invalid_proof invalid_signature invalid_timestamp
missing_file missing_signature mistimed_timestamp stale_findings too_many unknown_capture
""".split()
_SHARED = [
    *(f"fault.{problem}" for problem in _FAULTS),
    *(f"pack.not{part}" for part in ("", "_1", "_2", "_3", "_4")),
    "pack.state_redacted",
]
_TABLES = ("pack_kind", "pack_type", "verdict")

# What of a script is kept as it is: strings, templates and regular expressions, which follow what no value ends with.
_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
  | (?P<pattern>(?:(?<=[(,=:?!&|>\[{;])|(?<=return))[ ]?/(?![/*])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)
  | (?P<space>\s+)
  | (?P<sign>[{}()\[\];,<>=+*/%&|^!~?:-]|\.{1,3}|\?\.)
  | (?P<word>[\w$#]+)
    """,
    re.VERBOSE | re.DOTALL,
)


def squeezed(script: str) -> str:
    """A script without comments, indentation and spaces around signs. A line end stays where it may end a statement."""
    parts: list[str] = []
    at = 0
    while match := _TOKEN.match(script, at):
        at = match.end()
        before = parts[-1] if parts else "\n"
        if match["comment"]:
            continue
        if space := match["space"]:
            following = script[at : at + 1]
            if "\n" in space:
                if before[-1] not in "\n;{(,[":
                    parts.append("\n")
            elif (_in_word(before[-1]) and _in_word(following)) or (
                before[-1] in "+-" and before[-1] == following
            ):
                parts.append(" ")
        else:
            if match["sign"] == "}" and before == ";":
                parts.pop()
            parts.append(match.group().strip() if match["pattern"] else match.group())
    if at != len(script):
        raise ValueError(f"no token at {script[at : at + 40]!r}")
    return "".join(parts)


def _in_word(char: str) -> bool:
    return char.isalnum() or char in "_$#"


@cache
def verify_page() -> bytes:
    """verify.html"""
    source = files("reports.verifier") / "source"

    def read(name: str) -> str:
        return (source / name).read_text(encoding="utf-8")

    css = re.sub(r" ?([{}:;,>]) ?", r"\1", " ".join(read("style.css").split()))
    script = "\n".join([f"const TEXTS={_texts()};", *(squeezed(read(f"{name}.js")) for name in SCRIPTS)])
    script = f'"use strict";{{\n{script}\n}}'
    fa, en = (TextCatalogue(language).text("verifier.no_script") for language in LANGUAGES)
    page = read("page.html")
    for field, value in {
        "script": _hash(script),
        "style": _hash(css),
        "fa": fa,
        "en": en,
        "css": css,
        "js": script,
    }.items():
        page = page.replace(f"{{{field}}}", value, 1)
    return page.encode()


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _texts() -> str:
    """As a literal of the script: by key, in Persian and in English."""
    fa, en = (dict(_own(TextCatalogue(language))) for language in LANGUAGES)
    both = {key: (text, en[key]) for key, text in fa.items()}
    return json.dumps(both, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def _own(catalogue: TextCatalogue) -> Iterator[tuple[str, str]]:
    yield from ((key, text) for key, text in catalogue.table("verifier").items() if key != "no_script")
    yield from ((key, catalogue.template(key)) for key in _SHARED)
    for table in _TABLES:
        yield from ((f"{table}.{key}", text) for key, text in catalogue.table(table).items())
