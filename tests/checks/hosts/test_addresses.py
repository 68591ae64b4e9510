"""Hosts with several addresses: which is probed, what is told of the others. Real listeners at loopback addresses."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from checks.hosts.certificates.chain_path import Trust
from checks.hosts.certificates.trust import Bundle, ChainVerifier, Pool
from checks.hosts.evidence import ProbeJudgement, judge_probe
from claims.model import NetworkSettings
from crawler.politeness.policy import AddressPolicy
from crawler.probes.tls import MOST_CONNECTIONS, probe
from fixtures.hosts.pki import AS_OF, Authorities, pem
from fixtures.hosts.table import issuers

pytestmark = pytest.mark.sockets

HOST = "portal.several.lab"
NETWORK = "127.50.3."
# what listens: (certificate, or None for nothing at all)
GOOD, EXPIRED, NAMED_OTHERWISE, NOBODY = (
    {"begins": -2},
    {"begins": -300, "ends": -5},
    {"names": ["x.test"]},
    None,
)

Put = Callable[..., tuple[dict[str, Any], ProbeJudgement]]


class Listener:
    """TLS at one address, until it is closed. connections: how many were made."""

    def __init__(self, address: str, port: int, context: ssl.SSLContext) -> None:
        self._listener = socket.create_server((address, port))
        self._context = context
        self.connections = 0
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        try:
            with self._context.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.recv(1)
        except OSError:
            connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture(scope="module")
def authorities() -> Authorities:
    return Authorities(issuers())


def context(authorities: Authorities, row: dict[str, Any], folder: Path) -> ssl.SSLContext:
    leaf = authorities.leaf(f"several-{len(authorities.leaves)}", HOST, row)
    path = folder / f"{len(authorities.leaves)}.pem"
    path.write_bytes(leaf.pem_key + pem(leaf.der, *authorities.sent(row)))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path)
    return made


@pytest.fixture
def put(authorities: Authorities, tmp_path: Path) -> Iterator[Put]:
    """Puts listeners at 127.50.3.1, .2 and so on, probes the name, and judges: (body, judgement)."""
    with ExitStack() as stack:

        def put(*rows: dict[str, Any] | None, full: bool = True) -> tuple[dict[str, Any], ProbeJudgement]:
            port, listeners, known = 0, [], []
            contexts: dict[int, ssl.SSLContext] = {}
            for number, row in enumerate(rows, 1):
                known.append(ipaddress.ip_address(f"{NETWORK}{number}"))
                if row is None:
                    continue
                if id(row) not in contexts:  # the same row is the same certificate
                    contexts[id(row)] = context(authorities, row, tmp_path)
                listeners.append(Listener(str(known[-1]), port, contexts[id(row)]))
                stack.callback(listeners[-1].close)
                port = listeners[-1].port
            policy = AddressPolicy(NetworkSettings(allow_private=True), lookup=lambda _: known)
            found = probe(HOST, port, policy, now=lambda: dt.datetime.now(dt.UTC), full=full)
            assert len(found.connections) <= 15
            assert sum(listener.connections for listener in listeners) == sum(
                timed.connection.connected
                for timed in (*found.connections, *(other.timed for other in found.others))
            )
            body = json.loads(found.body)
            trust = Trust(
                ChainVerifier(Bundle.read([pem(authorities.authority("public_root").der)]), AS_OF),
                ChainVerifier(Bundle.read([]), AS_OF),
                Pool(),
            )
            return body, judge_probe(body, HOST, trust, AS_OF, AS_OF)

        yield put


def others(judgement: ProbeJudgement) -> list[list[Any]]:
    return [
        [other["address"][len(NETWORK) :], other["reach"], other["certificate"], other["problems"]]
        for other in judgement.facts["other_addresses"]
    ]


def test_one_address_has_no_others(put: Put) -> None:
    body, judgement = put(GOOD)
    assert judgement.facts["addresses"] == [f"{NETWORK}1"]
    assert others(judgement) == []
    assert body["others"] == []


# what listens at .1, .2 …: (the address that is probed, what is told of the others, problems of the host)
CASES: dict[str, tuple[tuple[dict[str, Any] | None, ...], str, list[list[Any]], set[str]]] = {
    "the same at both": ((GOOD, GOOD), "1", [["2", "ok", "same", []]], set()),
    "an expired one at the second": ((GOOD, EXPIRED), "1", [["2", "ok", "other", ["expired"]]], set()),
    "an expired one at the first": ((EXPIRED, GOOD), "1", [["2", "ok", "other", []]], {"expired"}),
    "another's at the second": ((GOOD, NAMED_OTHERWISE), "1", [["2", "ok", "other", ["name_mismatch"]]], set()),
    "no room for the third": ((GOOD, GOOD, EXPIRED), "1", [["2", "ok", "same", []]], set()),
    "nobody at the second": ((GOOD, NOBODY), "1", [["2", "refused", None, []]], set()),
    "nobody at the first": ((NOBODY, GOOD), "2", [["1", "refused", None, []]], set()),
    "nobody at the first, two others": (
        (NOBODY, GOOD, EXPIRED), "2", [["1", "refused", None, []], ["3", "ok", "other", ["expired"]]], set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "probed", "told", "problems"), CASES.values(), ids=CASES.keys())
def test_several_addresses(
    put: Put,
    rows: tuple[dict[str, Any] | None, ...],
    probed: str,
    told: list[list[Any]],
    problems: set[str],
) -> None:
    body, judgement = put(*rows)
    assert body["address"] == judgement.facts["address"] == f"{NETWORK}{probed}"
    assert judgement.facts["addresses"] == [f"{NETWORK}{number}" for number in range(1, len(rows) + 1)]
    assert others(judgement) == told
    assert judgement.problems == problems
    assert judgement.spoken


def test_of_many_addresses_a_few_are_asked(put: Put) -> None:
    body, judgement = put(*(GOOD for _ in range(7)))
    assert len(judgement.facts["addresses"]) == 7
    assert len(body["connections"]) + len(body["others"]) == MOST_CONNECTIONS


def test_a_host_of_somebody_else_is_asked_once(put: Put) -> None:
    body, judgement = put(GOOD, EXPIRED, full=False)
    assert [one["tag"] for one in body["connections"]] == ["default"]
    assert body["others"] == []
    assert judgement.facts["other_addresses"] == []


def test_where_nobody_answers_the_first_speaks_for_all(put: Put) -> None:
    with socket.create_server((f"{NETWORK}9", 0)) as taken:
        port = taken.getsockname()[1]
    known = [ipaddress.ip_address(f"{NETWORK}{number}") for number in (1, 2)]
    policy = AddressPolicy(NetworkSettings(allow_private=True), lookup=lambda _: known)
    found = probe(HOST, port, policy, now=lambda: dt.datetime.now(dt.UTC), full=True)
    assert (found.address, found.failure) == (f"{NETWORK}1", "refused")
    assert [(other.address, other.failure) for other in found.others] == [(f"{NETWORK}2", "refused")]
    assert len(found.connections) == 1


def test_an_older_capture_says_nothing_of_other_addresses(put: Put, authorities: Authorities) -> None:
    body, _ = put(GOOD)
    del body["others"], body["addresses"]
    trust = Trust(ChainVerifier(Bundle.read([]), AS_OF), ChainVerifier(Bundle.read([]), AS_OF), Pool())
    facts = judge_probe(body, HOST, trust, AS_OF, AS_OF).facts
    assert (facts["addresses"], facts["other_addresses"]) == (None, None)
