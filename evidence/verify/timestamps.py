"""Holds the time stamps beside the evidence against what they are over. Needs no network and no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from evidence import layout
from evidence.fault import Faults
from evidence.signing.timestamp_chain import Roots
from evidence.signing.timestamp_token import BadToken
from evidence.store.recording import parse_time
from evidence.timestamps import Timestamp, examine, plausible


def check_timestamps(
    evidence: Path, manifest: Mapping[str, Any], roots: Roots | None, sealed: Collection[str], faults: Faults
) -> list[Timestamp]:
    """The sound ones; a token of an authority that chains to none of the roots is a fault when there are roots.

    sealed: names of the files that are as they were when the manifest was made.
    """
    found: list[Timestamp] = []
    for over, authority in layout.stamps(evidence):
        asked, replied = layout.stamp_names(over, authority)
        for name in (asked, replied):
            path = evidence / name
            if path.is_symlink() or not path.is_file():
                there = path.is_symlink() or path.exists()
                faults.add(name, "", "changed_file" if there else "missing_file")
        until = _created(manifest) if replied in sealed else None
        try:
            stamp = examine(evidence, over, authority, roots=roots, until=until)
        except FileNotFoundError:
            continue
        except BadToken as error:
            faults.add(replied, "", error.problem, error.detail)
            continue
        if stamp.trusted is False:
            faults.add(replied, "", "untrusted_timestamp", stamp.why_not)
        found.append(stamp)
    return found


def _created(manifest: Mapping[str, Any]) -> dt.datetime | None:
    try:
        return plausible(parse_time(manifest["created"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
