"""What tables and lists for others quote has no personal data; addresses stay as they are."""

from __future__ import annotations

from reports.export.cells import cell
from reports.export.export_context import line

SAID = "تماس 0912 345 6789 یا sara.karimi@gmail.com"
SHOWN = "تماس [redacted:mobile:0] یا [redacted:email:0]"
ADDRESS = "https://a.test/people/sara.karimi@gmail.com"


def test_lines_and_cells_quote_no_personal_data() -> None:
    assert line(SAID) == SHOWN and cell(SAID, "…") == (SHOWN, False)
    assert line(ADDRESS) == ADDRESS and cell(ADDRESS, "…") == (ADDRESS, False)
