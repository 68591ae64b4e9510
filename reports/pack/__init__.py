"""Pages of a disclosure pack for people: `pages` makes all of them. What a pack proves is `evidence.pack`."""

from __future__ import annotations

from collections.abc import Mapping

from evidence.pack.format import FIRST_PAGE, README, VERIFIER
from evidence.pack.maker import PackMaterial
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.pack.first_page import first_page
from reports.pack.readme import readme
from reports.verifier.page import verify_page


def pages(material: PackMaterial) -> Mapping[str, bytes]:
    """By name, in Persian and in English."""
    persian, english = (TextCatalogue(language) for language in LANGUAGES)
    witnesses = [one.record.file for one in material.texts if one.witness]
    return {
        README: readme(material.contents, material.stamped, witnesses, persian, english),
        FIRST_PAGE: first_page(material, persian, english),
        VERIFIER: verify_page(),
    }
