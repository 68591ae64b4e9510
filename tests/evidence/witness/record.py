"""`python -m tests.evidence.witness.record`: records the transcripts that `test_proof.py` reads, from servers on loopback."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.crawler.probes.test_handshake_witness import Server, greet, new_keys, serving

STORED = Path(__file__).with_name("data") / "witnesses.json"
SERVERS = {
    "1.3 ecdsa": Server("p256"),
    "1.3 rsa, second hello": Server("rsa", group="p384"),
    "1.3 ed25519, asks": Server("ed25519", suite="TLS_AES_256_GCM_SHA384", asks_certificate=True),
    "1.2 ecdsa": Server("p384", "1.2"),
    "1.2 rsa": Server("rsa", "1.2"),
    "1.2 rsa, finite field": Server("rsa", "1.2", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
}


def main() -> None:
    recorded = {}
    with tempfile.TemporaryDirectory() as folder:
        keys = new_keys(Path(folder) / "dh.pem")
        for name, server in SERVERS.items():
            with serving(server.speak(keys)) as port:
                witness = greet(port, server.version, server.suite)
            assert witness is not None
            recorded[name] = witness.as_json()
    STORED.write_text(json.dumps(recorded, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
