"""What a body that arrived is worth as open data: verdict, reason and stars, by what was read in it.

Several faults: the contract's order decides, from `soft_404` down to `wrong_format`. Not here: web pages
(`checks.datasets.page`) and proof by a second visit (`checks.datasets.obtain`).
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.datasets import formats
from checks.datasets.files.read import Content
from checks.datasets.files.sniff import FAMILIES, UNREAD
from checks.datasets.files.table import RAGGED_FAIL
from checks.finding import Verdict
from claims.model import Dataset

# Packages are unread when no member of theirs was read.
_UNREAD = frozenset({*UNREAD, "zip", "gzip", "bz2", "xz"})


@dataclass(frozen=True, slots=True)
class Worth:
    """stars: None when nothing can be said of them. detail: a code that says which of several causes."""

    verdict: Verdict
    reason: str
    stars: int | None = None
    detail: str = ""


def worth(content: Content, dataset: Dataset) -> Worth:
    """Of anything but a web page. A table of HTML that was saved as a file of rows is one of these."""
    return (
        _unread(content)
        or _no_data(content)
        or _unreadable(content, dataset)
        or _unsound(content)
        or _untrue(content, dataset)
        or _usable(content)
    )


def _unread(content: Content) -> Worth | None:
    if content.fault == "limit":
        return Worth("inconclusive", "limit", detail=content.detail)
    if content.kind in _UNREAD and content.fault is None:
        return Worth("inconclusive", "limit", detail=f"format_{content.kind}")
    return None


def _no_data(content: Content) -> Worth | None:
    if content.fault == "error":
        return Worth("contradicted", "soft_404", 0, "error_message")
    if content.kind == "empty":
        return Worth("contradicted", "empty", 0, "no_content")
    if content.kind == "text" and content.encoding_fault is not None:
        return Worth("contradicted", "undecodable", 1, content.encoding_fault)
    if FAMILIES[content.kind] == "document" or (content.kind == "html" and content.table is None):
        return Worth("contradicted", "document_only", 1, content.kind)
    return None


def _unreadable(content: Content, dataset: Dataset) -> Worth | None:
    if content.fault == "damaged":
        return Worth("contradicted", "undecodable", 1, content.detail)
    if content.kind in ("encrypted", "undecodable"):
        return Worth("contradicted", "undecodable", 1, content.kind)
    if content.kind == "binary":
        if formats.promised(dataset.format) or formats.extension(dataset.url) in formats.DATA_EXTENSIONS:
            return Worth("contradicted", "undecodable", 1, "binary")
        return Worth("inconclusive", "limit", detail="format_unknown")
    if content.encoding_fault is not None:
        return Worth("contradicted", "undecodable", 1, content.encoding_fault)
    return None


def _unsound(content: Content) -> Worth | None:
    if content.fault == "malformed":
        return Worth("contradicted", "broken_table", 2, content.detail)
    table = content.table
    rows = table.rows if table is not None else content.rows
    if rows == 0:
        return Worth("contradicted", "empty", 2, "no_rows")
    if table is not None and table.ragged > RAGGED_FAIL:
        return Worth("contradicted", "broken_table", 2, "ragged")
    return None


def _untrue(content: Content, dataset: Dataset) -> Worth | None:
    promise = formats.promised(dataset.format)
    if content.kind != "html" and formats.keeps(promise, content.kind, content.package):
        return None
    detail = "html_table" if content.kind == "html" else content.kind
    return Worth("contradicted", "wrong_format", _stars(content), detail)


def _usable(content: Content) -> Worth:
    flags = content.table.flags if content.table is not None else ()
    if flags:
        return Worth("partial", "untidy_table", 2, flags[0])
    if not content.declared:
        return Worth("partial", "undeclared_encoding", _stars(content), content.codec or "")
    if FAMILIES[content.kind] == "sheet":
        return Worth("partial", "spreadsheet_only", 2, content.kind)
    return Worth("verified", "usable", _stars(content), content.kind)


def _stars(content: Content) -> int:
    if FAMILIES[content.kind] in ("sheet", "page"):
        return 2
    if content.linked:
        return 5
    return 4 if content.schema else 3
