"""How the tests are spread over processes: a file stays together, and so does all that shares one audit."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        shares_audit = "audit" in getattr(item, "fixturenames", ())
        alone = "test_interruptions" in item.nodeid and not shares_audit
        unseen = getattr(getattr(item, "callspec", None), "params", {}).get("unseen", "")
        group = "audit" if shares_audit else item.nodeid if alone else item.nodeid.partition("::")[0] + unseen
        item.add_marker(pytest.mark.xdist_group(group))
