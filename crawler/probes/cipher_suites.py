"""The cipher suites that the TLS probe offers: by version, and in families of one weakness each.

Not here: the names (`web.cipher_suites`), and which of them are weak; that is for the checks to say.
"""

from __future__ import annotations

from web.cipher_suites import NAMES, SSL2_NAMES


def _having(*parts: str, without: tuple[str, ...] = ()) -> tuple[int, ...]:
    return tuple(
        code
        for code, name in NAMES.items()
        if any(part in name for part in parts) and not any(part in name for part in without)
    )


# Each family alone, so that its acceptance is a fact about the family.
FAMILIES: dict[str, tuple[int, ...]] = {
    "rc4": _having("_RC4_128_", without=("anon",)),
    "3des": _having("_3DES_", "_WITH_DES_CBC_SHA", "_IDEA_", without=("anon", "EXPORT")),  # 64-bit blocks
    "null": _having("_WITH_NULL_", without=("anon",)),
    "anon": _having("_anon_", without=("EXPORT",)),
    "export": _having("_EXPORT"),
    "dhe": _having("_DHE_", without=("EXPORT", "_DES_CBC_")),
}

# What a version is offered with: the newest first, then everything that a server of that age may want.
_WEAK = (*FAMILIES["3des"], *FAMILIES["rc4"])
_STRONG = _having(
    "_GCM_",
    "_CCM",
    "_POLY1305_",
    "_CBC_SHA",
    without=("anon", "DES", "IDEA", "EXPORT", "TLS_AES", "TLS_CHACHA"),
)[::-1]
TLS13_SUITES = tuple(code for code in NAMES if 0x1300 < code < 0x1400)
TLS12_SUITES = (*_STRONG, *_WEAK)
LEGACY_SUITES = (*(code for code in _STRONG if NAMES[code].endswith("_CBC_SHA")), *_WEAK)
SSL2_SUITES = tuple(SSL2_NAMES)
