"""What to fix in a dataset, in the order of what it brings to who wants to use it: codes with a text in `fix`.

Says what would help, whatever the verdict: also of what was seen once. Nothing to say of what was not had.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.datasets.files.read import Content
from checks.datasets.files.sniff import FAMILIES
from checks.datasets.files.table import RAGGED_FAIL
from checks.datasets.usability.licence import Licence
from checks.datasets.worth import Worth

_BY_REASON = {
    "not_obtainable": "publish",
    "soft_404": "no_page_for_data",
    "empty": "put_data_in",
}
_BY_ENCODING = {
    "mojibake": "restore_letters",
    "lost": "restore_letters",
    "mixed": "one_encoding",
    "unknown": "save_utf8",
}
_PICTURES = frozenset("png jpeg gif bmp tiff webp ico djvu".split())
# Of a table, what hinders programs most comes first.
_BY_FLAG = {
    "several_tables": "one_table_a_file",
    "preamble": "nothing_above",
    "no_header": "name_columns",
    "multi_row_header": "one_heading_row",
    "merged_cells": "no_merged_cells",
    "ragged_rows": "even_rows",
    "total_rows": "no_totals",
    "sparse": "fill_or_drop_columns",
}
ORDER = (
    "publish", "no_page_for_data", "put_data_in", "table_for_document", "text_for_scan", "repair_file", "unlock_file",
    "restore_letters", "one_encoding", "save_utf8", "true_format", "even_rows", "one_table_a_file", "nothing_above",
    "name_columns", "one_heading_row", "no_merged_cells", "no_totals", "fill_or_drop_columns", "declare_encoding",
    "open_format", "hidden_sheets", "hidden_rows", "no_formulas", "declare_licence", "open_licence", "known_licence",
)  # fmt: skip


def remedies(worth: Worth, content: Content | None, licence: Licence) -> tuple[str, ...]:
    """Codes of ORDER, in its order."""
    wanted = {
        *_of_worth(worth),
        *(_of_content(worth, content) if content is not None else ()),
        *_of_licence(licence),
    }
    return tuple(code for code in ORDER if code in wanted)


def _of_worth(worth: Worth) -> Iterator[str]:
    if worth.verdict == "contradicted":
        if (code := _BY_REASON.get(worth.reason)) is not None:
            yield code
        if worth.reason == "wrong_format":
            yield "true_format"
    if worth.reason == "undeclared_encoding":
        yield "declare_encoding"


def _of_content(worth: Worth, content: Content) -> Iterator[str]:
    if worth.reason == "document_only":
        yield (
            "text_for_scan"
            if content.kind in _PICTURES or "scanned" in content.notes
            else "table_for_document"
        )
    if content.kind == "encrypted" or content.detail == "password":
        yield "unlock_file"
    elif content.fault in ("damaged", "malformed") or (worth.reason, content.kind) == (
        "undecodable",
        "binary",
    ):
        yield "repair_file"
    if content.encoding_fault is not None:
        yield _BY_ENCODING[content.encoding_fault]
    elif content.table is not None and not content.declared:
        yield "declare_encoding"
    if FAMILIES[content.kind] == "sheet" or (content.kind == "html" and content.table is not None):
        yield "open_format"
    if content.table is not None:
        yield from (_BY_FLAG[flag] for flag in content.table.flags)
        if content.table.ragged > RAGGED_FAIL:
            yield "even_rows"
        if content.table.formulas:
            yield "no_formulas"
    yield from (note for note in content.notes if note in ORDER)


def _of_licence(licence: Licence) -> Iterator[str]:
    match licence:
        case "missing":
            yield "declare_licence"
        case "closed":
            yield "open_licence"
        case "unknown":
            yield "known_licence"
