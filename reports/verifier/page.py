"""verify.html: joins the scripts, the style and the texts of verify.html into one file with the same bytes everywhere.

Its policy forbids all but this script and this style, by their hashes: nothing is loaded, sent or run besides. Scripts are
made small by `reports.verifier.minify`. Not here: what the page does (`source/`).
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
from reports.verifier.minify import minified

NAME = "verify.html"
# A later one uses what an earlier one defines.
SCRIPTS = (
    "hashes bytes canonical zip signatures merkle timestamps pack places witness record round show".split()
)
_FAULTS = """
added_record changed_field changed_file changed_finding changed_record changed_redaction changed_zip extra_file
foreign_signature foreign_timestamp invalid_manifest invalid_pack invalid_proof invalid_signature invalid_timestamp
invalid_witness missing_file missing_signature mistimed_timestamp stale_findings too_many unknown_capture
""".split()
_SHARED = [
    *(f"fault.{problem}" for problem in _FAULTS),
    "pack.not",
    "pack.state_redacted",
]
_TABLES = ("pack_kind", "pack_type", "verdict")


@cache
def verify_page() -> bytes:
    """verify.html"""
    source = files("reports.verifier") / "source"

    def read(name: str) -> str:
        return (source / name).read_text(encoding="utf-8")

    css = re.sub(r" ?([{}:;,>]) ?", r"\1", " ".join(read("style.css").split()))
    scripts = minified([read(f"{name}.js") for name in SCRIPTS])
    script = f'"use strict";{{\nconst TEXTS={_texts()};\n{scripts}\n}}'
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
