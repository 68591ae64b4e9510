"""Pages of the documentation that are made from code, so that they cannot rot.

`python -m reports.documents` writes docs/checks.md, docs/indicators.md, docs/results-db.md and docs/verifier/verify.html; a test
holds the files to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from checks import reasons
from checks.engine import CHECKS
from checks.finding import VERDICTS
from reports.catalogue import TextCatalogue
from reports.results_db import schema
from reports.verifier.page import verify_page
from scoring.load import load_model


def _beyond(lists: reasons.Reasons, known: reasons.Reasons) -> reasons.Reasons:
    """What one list has that another has not."""
    return {v: tuple(code for code in codes if code not in known.get(v, ())) for v, codes in lists.items()}


_SUBJECTS: tuple[tuple[str, reasons.Reasons], ...] = (
    ("Services, portal elements and the reach of a portal", reasons.SERVICES),
    ("Sections of the portal, besides those of its elements", _beyond(reasons.PORTAL, reasons.SERVICES)),
    ("Links", reasons.LINKS),
    ("Freshness of datasets", reasons.FRESHNESS),
    ("Usability of datasets", reasons.USABILITY),
)


def checks_page() -> str:
    """docs/checks.md"""
    en, fa = TextCatalogue("en"), TextCatalogue("fa")
    lines = [
        "# Checks and reasons",
        "",
        "Every finding has a verdict and, where one is called for, a reason from these closed lists. This page is made",
        "from the code by `make docs`.",
        "",
        "## Checks",
        "",
        "| check | version | what it asks | |",
        "|---|---|---|---|",
    ]
    for check in CHECKS:
        shown = "elements.<id>" if check.id == "elements" else check.id
        key = f"check.{check.id}"
        lines.append(f"| `{shown}` | {check.version} | {_text(en, key)} | {_text(fa, key)} |")
    lines += ["", "One finding of `elements.<id>` for each element:", "", "| element | | |", "|---|---|---|"]
    lines += [
        f"| `{key}` | {text} | {fa.text('element.' + key)} |"
        for key, text in sorted(en.table("element").items())
    ]
    for title, lists in _SUBJECTS:
        lines += ["", f"## {title}", "", "| verdict | reason | | |", "|---|---|---|---|"]
        for verdict in VERDICTS:
            lines += [_reason(verdict, code, en, fa) for code in lists.get(verdict, ())]
    lines += [
        "",
        "## Hosts",
        "",
        "A host is `contradicted` by a serious problem, `partial` with minor ones only.",
        "",
    ]
    lines += ["| problem | | |", "|---|---|---|"]
    lines += [
        f"| `{c}` | {en.text('reason.' + c)} | {fa.text('reason.' + c)} |" for c in reasons.HOST_PROBLEMS
    ]
    lines += [
        "",
        "## Names (DNS)",
        "",
        "What the DNS says moves no score: a host is `partial` with one of these, or `inconclusive` with a reason of services.",
        "Where a registry does not sign, `dns.dnssec` is `not_applicable`.",
        "",
        "| kind | | |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{code}` | {text} | {fa.text('dns_fault.' + code)} |"
        for code, text in en.table("dns_fault").items()
    ]
    lines += ["", "## Addresses that were seen and not visited", "", "| reason | | |", "|---|---|---|"]
    lines += [
        f"| `{c}` | {en.text('unfetched.' + c)} | {fa.text('unfetched.' + c)} |" for c in reasons.UNFETCHED
    ]
    return "\n".join(lines) + "\n"


def _reason(verdict: str, code: str, en: TextCatalogue, fa: TextCatalogue) -> str:
    return f"| `{verdict}` | `{code}` | {en.text('reason.' + code)} | {fa.text('reason.' + code)} |"


def _text(catalogue: TextCatalogue, key: str) -> str:
    return catalogue.text(key) if catalogue.has(key) else "–"


def indicators_page() -> str:
    """docs/indicators.md"""
    en, fa = TextCatalogue("en"), TextCatalogue("fa")
    model = load_model("ir-portals", Path())
    lines = [
        "# The thirty-seven indicators",
        "",
        f"{model.contents.model.title.en}. {model.contents.model.note.en if model.contents.model.note else ''}",
        "",
        "Class A: seen from outside. B: can be refuted or bounded from outside. C: claim only. D: document only.",
        "«Planned» parts are not measured by this version: nothing in *verified*, all in *possible*. This page is made",
        "from the model by `make docs`.",
    ]
    for axis in model.contents.axis:
        lines += ["", f"## {axis.name.en} · {axis.name.fa}"]
        for indicator in model.contents.indicator:
            if indicator.axis != axis.id:
                continue
            lines += [
                "",
                f"### {indicator.id} {indicator.name.en}",
                "",
                f"{indicator.name.fa} · weight {indicator.weight:g} · class {indicator.evidence_class}",
                "",
            ]
            lines += [
                en.text(f"indicator_note.{indicator.id}"),
                "",
                fa.text(f"indicator_note.{indicator.id}"),
                "",
            ]
            for part in indicator.part:
                check = getattr(part, "check", None)
                planned = " (planned)" if getattr(part, "planned", False) else ""
                needs = f" (needs `{name}`)" if (name := getattr(part, "needs", None)) else ""
                lines.append(f"- {part.kind}" + (f" of `{check}`" if check else "") + planned + needs)
    return "\n".join(lines) + "\n"


_DATABASE = """\
# Tables of results.db

`results/results.db` is an SQLite database of everything that was found of a round. `govah check`, `score` and `report` write it
beside the results. Open it with DBeaver, pandas, `sqlite3` or [Datasette](datasette.md).

- It is derived: delete it at any time. The next of these commands writes it again.
- It is not evidence. The seal does not cover it, and `govah verify` does not read it. What counts is `findings.jsonl`.
- It is made anew when `findings.jsonl` or `results.json` differs from the file that it was made from. A database that came with
  a copied folder is made anew too.
- It is never half written: govah writes a new file beside it, then renames it.
- `govah export ROUND sqlite` writes a copy for use elsewhere, with the visible text of pages and without personal data.
- `number` columns may change when the database is made anew. The `id` of a finding stays the same from round to round.

Texts are searched by `texts_fts`, an FTS5 index of trigrams. `texts` holds folded text without white space: ي and ك are ی and ک,
Persian digits are ASCII digits, vowel marks and half-spaces are gone. Fold and join your words in the same way.
Words under three letters have no trigram of their own. `trigrams` lists those that occur: search for all that contain the word,
or use `instr(text, 'word')`:

```sql
SELECT id, verdict, reason FROM findings
 WHERE words IN (SELECT rowid FROM texts_fts WHERE texts_fts MATCH '"پروانه"')
    OR own_words IN (SELECT rowid FROM texts_fts WHERE texts_fts MATCH '"پروانه"');
```

`FK` marks a foreign key. This page is made from the code by `make docs`.
"""


def database_page() -> str:
    """docs/results-db.md"""
    lines = [_DATABASE, "## Views", "", "| view | what it shows |", "|---|---|"]
    lines += [f"| `{view.name}` | {view.about} |" for view in schema.views()]
    lines += ["", "## Tables"]
    for table in schema.tables().values():
        key = ", ".join(f"`{name}`" for name in table.key)
        lines += ["", f"### {table.name}", "", f"{table.about} Primary key: {key}.", ""]
        lines += ["| column | type | |", "|---|---|---|"]
        for column in table.columns:
            kind = column.kind + (", may be NULL" if column.nullable else "")
            pointer = f" FK `{column.points_to}`." if column.points_to else ""
            lines.append(f"| `{column.name}` | {kind} | {column.about}{pointer} |")
    return "\n".join(lines) + "\n"


def verifier_page() -> str:
    """docs/verifier/verify.html"""
    return verify_page().decode()


PAGES: dict[str, Callable[[], str]] = {
    "checks.md": checks_page,
    "indicators.md": indicators_page,
    "results-db.md": database_page,
    # not beside verify.md, whose page on the site has that name
    "verifier/verify.html": verifier_page,
}


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    for name, page in PAGES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
