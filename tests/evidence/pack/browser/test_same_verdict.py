"""Every attack on packs that the other tests make, in the browser: verify.html says what `govah verify` says.

The tests are those of the modules below, with a `check` that asks both. So a row that is added there is a row here.
"""

from __future__ import annotations

import inspect

import pytest

from tests.evidence.pack import (
    test_pack,
    test_pack_places,
    test_pack_stamps,
    test_pack_verify,
    test_pack_witnesses,
    test_pack_zip,
)
from tests.evidence.pack.test_pack_places import places
from tests.evidence.pack.test_pack_stamps import authority, stamped

__all__ = ["authority", "places", "stamped"]
pytestmark = pytest.mark.processes

ELSEWHERE = {
    "test_a_large_record_is_streamed",  # counts the memory of this process
    "test_every_pack_verifies_and_its_readme_says_how",  # runs a shell
    "test_openssl_alone_asks_who_issued_the_certificate",
}

for _module in (
    test_pack,
    test_pack_places,
    test_pack_stamps,
    test_pack_verify,
    test_pack_witnesses,
    test_pack_zip,
):
    for _name, _test in vars(_module).items():
        if (
            _name.startswith("test_")
            and _name not in ELSEWHERE
            and "check" in inspect.signature(_test).parameters
        ):
            globals()[_name] = _test
