"""Judges the hosts of a round as it lies on the disk and prints the digest of what was found.

`python tests/checks/hosts/judge_child.py FOLDER HOSTS AS_OF`: the folder holds the evidence and both bundles, the hosts
are separated by spaces. Run by a test under other hash seeds and time zones.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from pathlib import Path

from checks.engine import run_checks
from checks.hosts.security.check import HostsSecurity
from claims.model import Agency, CrawlSettings, NetworkSettings, Round, Settings
from evidence.canonical import canonical
from evidence.store import EvidenceStore


def main() -> None:
    folder, hosts, as_of = Path(sys.argv[1]), sys.argv[2].split(), dt.datetime.fromisoformat(sys.argv[3])
    agency = Agency("portal", "سازمان", "main", f"https://{hosts[0]}/", hosts=tuple(hosts[1:]))
    network = NetworkSettings(
        controls=("http://control.test/",),
        public_roots=folder / "public.pem",
        national_roots=(folder / "national.pem",),
    )
    settings = Settings("r1", crawl=CrawlSettings(retry_after=30.0), network=network)
    store = EvidenceStore.open(folder / "evidence")
    findings = run_checks(
        Round(folder, settings, (agency,), (), ()), store, as_of=as_of, checks=(HostsSecurity(),)
    )
    lines = "\n".join(canonical(finding.to_json()) for finding in findings)
    sys.stdout.write(f"{len(findings)} {hashlib.sha256(lines.encode()).hexdigest()}\n")


main()
