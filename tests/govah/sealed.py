"""Small sealed rounds, written and sealed by the real store, for tests of commands that look at seals alone."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

from evidence.kinds.http import HttpFacts
from evidence.seal import seal
from evidence.signing.keys import Signer
from evidence.store import EvidenceWriter

OPENED = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)


def sealed_round(folder: Path, signer: Signer, exchanges: int) -> Path:
    """A round of so many exchanges, c0, c1, ..., without findings. folder: made when it is not there."""
    ids = itertools.count()
    folder.mkdir(exist_ok=True)
    with EvidenceWriter.open(
        folder / "evidence",
        vantage="v",
        now=lambda: OPENED,
        new_id=lambda: f"c{next(ids)}",
        plan={},
        signer=signer,
    ) as writer:
        for number in range(exchanges):
            writer.add(
                kind="http",
                agency="a",
                url=f"http://a.test/{number}",
                purpose="page",
                attempt=1,
                time=OPENED,
                facts=HttpFacts("GET", 200, "OK", (), None),
                request=b"GET / HTTP/1.1\r\n\r\n",
                response=b"HTTP/1.1 200 OK\r\n\r\n",
            )
    seal(
        folder / "evidence",
        signer=signer,
        now=lambda: OPENED,
        round_id="r",
        software={},
        coverage={"visited": exchanges},
    )
    return folder
