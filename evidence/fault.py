"""What a verification found wrong, as values. The texts of the problem codes are in the catalogues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

Problem = Literal[
    "unsealed",  # no manifest: nothing vouches for the folder
    "missing_file",
    "extra_file",
    "stray_file",  # extra, by a name that file managers and editors give
    "extra_folder",  # an empty one
    "unreadable_file",  # it cannot be read here, which says nothing of what it holds
    "changed_file",  # its bytes are not those that were sealed
    "torn_file",  # it ends inside a record
    "missing_signature",
    "invalid_signature",  # the manifest or its signature was edited
    "foreign_signature",  # signed by another key than was to be expected
    "null_hash",  # a hash is absent or empty where one has to be
    "invalid_manifest",  # it is not what a seal writes
    "changed_field",  # a field of the manifest is not what the folder says
    "changed_record",
    "missing_record",
    "added_record",
    "reordered_record",
    "changed_row",  # the index says otherwise than the record
    "missing_row",
    "added_row",
    "damaged_index",
    "changed_checkpoint",  # unsigned, out of its chain, or not a root of this archive
    "changed_history",  # an earlier manifest is not one of this archive
    "changed_finding",
    "missing_finding",
    "added_finding",
    "reordered_finding",
    "unknown_capture",  # findings rest on captures that are not there
    "lost_capture",  # findings rest on captures that went with a segment
    "stale_findings",  # sealed over another state of the evidence
    "superseded_findings",  # a later judgement, or this one, lies among those that were replaced
    "missing_judgement",  # one that was replaced is not there, or not as it was
    "broken_chain",  # a judgement names another as the one before it than lies before it
    "foreign_findings",  # a judgement that was replaced rests on evidence that never was here
    "cut_short",  # a judgement that was not written to its end
    "changed_reply",  # an entry of the ledger of replies, or a reply that was received, is not as it was
    "missing_reply",  # a reply that was received is gone, or what came of a re-test
    "foreign_timestamp",  # a token over something else, or in reply to another request
    "invalid_timestamp",  # no granted, well-formed, signed token of a time-stamping certificate
    "untrusted_timestamp",  # its certificate chains to none of the roots that were named
    "mistimed_timestamp",  # its time is not one at which it can have been made
    "invalid_witness",  # a TLS handshake that does not prove whose key answered
    "changed_zip",  # the zip of a disclosure pack is not in the one form that packs have
    "invalid_pack",  # no disclosure pack that can be read safely and whole
    "invalid_proof",  # it does not lead from this record or finding to the root that was signed
    "changed_redaction",  # the list of what was taken out disagrees with the text
    "other_round",  # another vantage point's evidence is of another round
    "older_crawl",  # it is of a crawl before this one
    "later_crawl",  # it is of a crawl after this one
    "own_key",  # it is sealed by the round's own key, and bears witness to nothing
    "same_vantage",  # two vantage points have one name
    "other_vantage",  # its plans or captures name several places, or none that can be shown
    "shared_capture",  # a capture has the id of one of another vantage point
    "changed_vantage",  # findings rest on evidence of another vantage point that is not there as it was
    "too_many",  # more faults than are listed
]
PROBLEMS: tuple[Problem, ...] = get_args(Problem)

MOST_FAULTS = 1_000  # that are listed of one verification
_LONGEST = 5_000  # characters of what is told; no path has more


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was sealed.

    file: relative to the evidence folder, or the name of a findings file. item: the record, capture,
    finding, row or field concerned; "" when it is the file as a whole. detail: the offset of a record, the
    fields of a row, the fingerprint of a key, what a field should say, the line of a finding; else a note.
    count: how many findings it concerns, where that is more than is told of one by one; findings: their ids, up to a
    bound.
    """

    file: str
    item: str
    problem: Problem
    detail: str = ""
    count: int = 0
    findings: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As the answer under --json has it."""
        told: dict[str, Any] = {name: getattr(self, name) for name in ("file", "item", "problem", "detail")}
        return {**told, "count": self.count, "findings": list(self.findings)} if self.count else told


class Faults:
    """Collects faults, each once, up to a bound; past it, still one for each file that has more."""

    def __init__(self) -> None:
        self._faults: dict[Fault, None] = {}

    def add(
        self,
        file: str,
        item: str,
        problem: Problem,
        detail: str = "",
        findings: Sequence[str] = (),
        count: int = 0,
    ) -> None:
        if len(self._faults) < MOST_FAULTS:
            ids = tuple(_told(id_) for id_ in findings)
            self._faults[Fault(_told(file), _told(item), problem, _told(detail), count, ids)] = None
        elif len(self._faults) < 2 * MOST_FAULTS:
            self._faults[Fault(_told(file), "", "too_many", str(MOST_FAULTS))] = None

    def extend(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.add(fault.file, fault.item, fault.problem, fault.detail, fault.findings, fault.count)

    def found(self) -> list[Fault]:
        return list(self._faults)


def _told(text: str) -> str:
    """Text that can be written; names of files and of findings may hold what no encoding has, and fields have no end."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
