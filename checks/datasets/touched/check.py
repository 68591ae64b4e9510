"""`datasets.touched`: was a date renewed, and the content not?

Looked at: the declared day and that of the file, against the content of earlier rounds. Not looked at: how old the content is
(`datasets.freshness`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.case import Case
from checks.datasets.findings import dated_by, finding_of, looked_at
from checks.datasets.subjects import judged_datasets
from checks.finding import Finding
from checks.reasons import TOUCHED
from checks.word_sets import OF_DATASETS


class Touched:
    """A finding for each data set, claimed or listed, of which that is seen; none for the others."""

    id = "datasets.touched"
    version = 6
    reasons = TOUCHED
    words = OF_DATASETS

    def judge(self, case: Case) -> Iterator[Finding]:
        for one in judged_datasets(case):
            dataset, obtained = one.dataset, one.obtained
            now, known, signs = looked_at(case, dataset, obtained)
            if not signs.touched or now is None or known is None:
                continue
            dates = {"declared": signs.declared, "http": signs.http}
            observed = {
                "content_since": known.since.isoformat(),
                "content_rounds": known.rounds,
                "content_gap_days": known.gap,
                "content_sightings": [dict(sighting) for sighting in known.sightings],
                "fingerprint": now.print,
                "copies": [dict(known.first), dict(now.copy)],
                **{name: day.isoformat() for name in signs.touched if (day := dates[name]) is not None},
                **one.marks,
            }
            finding = finding_of(
                self, dataset, "contradicted", "touched_unchanged", observed, obtained, "dataset_touched"
            )
            yield replace(finding, captures=dated_by(obtained) or finding.captures)


CHECK = Touched()
