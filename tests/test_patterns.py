"""No regular expression of the product takes more than linear time, whatever text it is given."""

from __future__ import annotations

import re

import pytest

from evidence.cpu_limit import TookTooLong, cpu_limit
from tests.depth import THOROUGH, tries
from tests.patterns import ROOMS, Pattern, bad_inputs, long, patterns
from web.urls import LONGEST

# One process would be at it for minutes when all others are done.
pytestmark = [pytest.mark.alone] if THOROUGH else []
SIZE = tries(16_000, 1_000_000)
SECONDS = (
    20 if THOROUGH else 0.3
)  # of CPU, for what takes a hundredth of it; what is quadratic takes far more
TIMES = 3  # a machine that does other things as well counts some of it for us, and not each time
# The longest text that a module, or one pattern of it, is given.
BOUNDED = {"checks.datasets.files.dates": 300, "checks.datasets.offers:_DOWNLOAD_URL": 2_000}
BOUNDED["crawler.discovery.links:_SITEMAP_NAME"] = BOUNDED["checks.page.soft404:_EDITORS"] = (
    LONGEST  # addresses
)
BOUNDED["claims.problems"] = 20_000  # what is looked at of a value
# Handed to a method that tries them where a text was read to, and nowhere else.
AT_ONE_PLACE = {"checks.datasets.catalogues.turtle", "evidence.pack.reader"}


def slow_input(pattern: Pattern, size: int, times: int = TIMES) -> tuple[str, str] | None:
    module = pattern.where.partition(":")[0]
    one_place = Pattern(pattern.where, pattern.compiled, pattern.anywhere and module not in AT_ONE_PLACE)
    for bad in bad_inputs(pattern.compiled):
        text = long(bad, min(size, BOUNDED.get(module, size), BOUNDED.get(pattern.where, size)))
        if all(takes_long(one_place, text) for _ in range(times)):
            return bad
    return None


def takes_long(pattern: Pattern, text: str) -> bool:
    try:
        with cpu_limit(SECONDS):
            pattern.run(text)
    except TookTooLong:
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_time_grows_as_the_text_does(room: str) -> None:
    mine = [pattern for pattern in patterns() if pattern.where.startswith(f"{room}.")]
    slow = {pattern.where: bad for pattern in mine if (bad := slow_input(pattern, SIZE)) is not None}
    assert mine
    assert slow == {}


@pytest.mark.parametrize(
    "expression", [r"\s*x\s*", r"(a+)+b", r"a\s*\(?\s*b", r"<body[^>]*\bapp", r"([a-z]+)\.?([a-z]+)!"]
)
def test_what_is_not_linear_is_noticed(expression: str) -> None:
    pattern = Pattern("x:_X", re.compile(expression), anywhere=True)
    assert slow_input(pattern, max(SIZE, 100_000), times=1) is not None


def test_a_pattern_is_run_as_it_is_used() -> None:
    found = {pattern.where: pattern.anywhere for pattern in patterns()}
    assert found["checks.page.http_security:_DIRECTIVE"] is False  # fullmatch alone
    assert found["checks.datasets.files.read:_STATEMENT"] is True
    assert len(found) > 400
