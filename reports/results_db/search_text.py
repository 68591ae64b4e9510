"""What findings are found by: their texts as they are compared, and what their codes mean in every language.

Texts are folded as `claims.persian` folds them and hold no white space, so that «میزخدمت» finds «میز خدمت».
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from checks.finding import Finding, title_of
from claims.model import Round
from claims.persian import fold
from evidence.redaction import secrets
from reports.catalogue import LANGUAGES, TextCatalogue

_MOST_TEXT = 2000  # characters of one field of a finding

Shown = Callable[[str], str]
Codes = Mapping[str, Mapping[str, str]]
"""By column (`reason`, `check`, `agency`): code to its texts in all languages, as they are compared."""


def squeezed(text: str) -> str:
    """As texts are compared here."""
    return fold(text).replace(" ", "").replace("\0", "")


def words_of(query: str) -> list[str]:
    """What is searched for; every word has to be there."""
    return fold(query).replace("\0", "").split()


def titles_of(round: Round, agency: str) -> dict[str, str]:
    """Of an agency's services and datasets, by id, without cookies, keys and tokens."""
    return {id: secrets.text(title) for id, title in round.titles_of(agency).items()}


def subject_text(finding: Finding, titles: Mapping[str, str], shown: Shown = str) -> str:
    """shown: the texts as they may be shown; folded, personal data would no longer be known for what it is."""
    subject = finding.subject
    return _joined((subject.id, subject.url or "", title_of(finding, titles)), shown)


def own_text(finding: Finding, shown: Shown = str) -> str:
    """What was observed, where that is not the subject's own address; "" for nothing."""
    observed = finding.observed
    found = (observed.get(name) for name in ("url", "excerpt", "text"))
    return _joined([one for one in found if isinstance(one, str) and one != finding.subject.url], shown)


def _joined(parts: Iterable[str], shown: Shown) -> str:
    """One part a line. With its end a line of two letters has a trigram."""
    return "".join(squeezed(shown(part)[:_MOST_TEXT]) + "\n" for part in parts if part)


def codes_of(round: Round) -> Codes:
    """What codes mean, in every language."""
    texts: dict[str, dict[str, list[str]]] = {"reason": defaultdict(list), "check": defaultdict(list)}
    for catalogue in map(TextCatalogue, LANGUAGES):
        for column, code, text in _named(catalogue):
            texts[column][code] += [code, text]
    texts["agency"] = {a.id: [a.id, a.name, a.name_en or ""] for a in round.agencies}
    return {
        column: {code: "".join(f"{squeezed(one)}\n" for one in said) for code, said in of.items()}
        for column, of in texts.items()
    }


def _named(catalogue: TextCatalogue) -> Iterator[tuple[str, str, str]]:
    for column, table, prefix in (
        ("reason", "reason", ""),
        ("check", "check", ""),
        ("check", "element", "elements."),
    ):
        for code, text in catalogue.table(table).items():
            yield column, prefix + code, text
