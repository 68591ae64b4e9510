"""How the tests are spread over processes: a file stays together, and so does all that shares one audit.

HYPOTHESIS_PROFILE=thorough gives each property 1,000 examples where it names no number of its own. How long an example
takes is up to the machine, and fails nothing. What whoever runs them has set for govah, for colours and for the width of
a terminal is not theirs, and neither is a locale.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

for name in (
    *("GOVAH_LANG", "GOVAH_PLAIN", "GOVAH_KEY", "GOVAH_TOKEN", "GOVAH_CLUSTER"),
    *("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
):
    os.environ.pop(name, None)
os.environ["LC_ALL"] = "C.UTF-8"

settings.register_profile(
    "usual", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("usual"), max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "usual")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        shares_audit = "audit" in getattr(item, "fixturenames", ())
        alone = "test_interruptions" in item.nodeid and not shares_audit
        unseen = getattr(getattr(item, "callspec", None), "params", {}).get("unseen", "")
        group = "audit" if shares_audit else item.nodeid if alone else item.nodeid.partition("::")[0] + unseen
        item.add_marker(pytest.mark.xdist_group(group))
    # whole crawls take longest: begun first, they do not leave one process alone at the end
    items.sort(key=lambda item: not item.nodeid.startswith("tests/estate/"))
