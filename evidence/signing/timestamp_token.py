"""RFC 3161 in bytes: the request that goes to a time-stamping authority, and what its reply proves.

`openssl ts -verify` is the reference: tests hold every kind of reply against it. Not here: whose root a token has to
chain to (`evidence.signing.timestamp_chain`), files and clocks (`evidence.timestamps`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.fault import Problem

MOST_BYTES = 65_536  # of a request or a reply
_MOST_CERTIFICATES = 16
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


class BadToken(ValueError):
    """A reply that proves nothing of ours. problem: the fault that it is, should it be kept as evidence."""

    def __init__(self, problem: Problem, detail: str) -> None:
        super().__init__(detail)
        self.problem: Problem = problem
        self.detail = detail


@dataclass(frozen=True, slots=True)
class TimestampToken:
    """What a sound reply says. time: by the authority's clock. name: of the signer, as RFC 4514 writes it.
    others: certificates that came beside the signer's.
    """

    time: dt.datetime
    name: str
    signer: x509.Certificate
    others: tuple[x509.Certificate, ...]


class _ReplyOrRefusal(core.Sequence):
    _fields = [  # noqa: RUF012 (asn1crypto's way of saying it); its own class knows no refusal, which has no token
        ("status", tsp.PKIStatusInfo),
        ("token", cms.ContentInfo, {"optional": True}),
    ]


_GRANTED = (b"\x02\x01\x00", b"\x02\x01\x01")  # granted, granted with modifications

# asn1crypto has no types.
_Null: Any = core.Null
_Request: Any = tsp.TimeStampReq
_Info: Any = tsp.TSTInfo
_Certificate: Any = asn1_x509.Certificate
_Reply: Any = _ReplyOrRefusal


def request(content: bytes, nonce: int) -> bytes:
    """The request for a token over the SHA-256 of the content, with the signer's certificate in it."""
    imprint = {
        "hash_algorithm": {"algorithm": "sha256", "parameters": _Null()},
        "hashed_message": hashlib.sha256(content).digest(),
    }
    fields = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    return bytes(_Request(fields).dump())


def nonce_of(query: bytes, content: bytes) -> int:
    """The nonce of a request that `request` made over this content. Raises BadToken."""
    try:
        nonce = _Request.load(query, strict=True)["nonce"].native
        if isinstance(nonce, int) and request(content, nonce) == query:
            return nonce
    except Exception as error:  # what hostile bytes make a parser raise is no closed list
        raise BadToken("invalid_timestamp", f"no request of ours: {_words(error)}") from None
    raise BadToken("foreign_timestamp", "its request is over something else")


def read(reply: bytes, content: bytes, nonce: int) -> TimestampToken:
    """The token of a reply to `request(content, nonce)`, its signature checked. Raises BadToken."""
    if len(reply) > MOST_BYTES:
        raise BadToken("invalid_timestamp", f"more than {MOST_BYTES} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what cryptography thinks of others' certificates
            return _read(reply, content, nonce)
    except BadToken:
        raise
    except InvalidSignature:
        raise BadToken("invalid_timestamp", "its signature does not fit") from None
    except Exception as error:  # what hostile bytes make a parser raise is no closed list
        raise BadToken("invalid_timestamp", f"no reply of RFC 3161: {_words(error)}") from None


def _words(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:120]


def _read(reply: bytes, content: bytes, nonce: int) -> TimestampToken:
    signed = _signed_data(reply)
    body = bytes(signed["encap_content_info"]["content"])
    info = _Info.load(body, strict=True)
    _check_ours(info, content, nonce)
    time = info["gen_time"].native
    if info["version"].native != "v1" or not isinstance(time, dt.datetime):
        raise BadToken("invalid_timestamp", "not version 1, or no time of this era")
    if any(extension["critical"].native for extension in info["extensions"] or ()):
        raise BadToken("invalid_timestamp", "a critical extension that nobody here knows")
    signers = signed["signer_infos"]
    if len(signers) != 1:
        raise BadToken("invalid_timestamp", f"{len(signers)} signatures instead of one")
    signer, others = _certificates(signed, signers[0]["sid"])
    certificate = x509.load_der_x509_certificate(signer)
    if _digest(signers[0]) not in [str(a["algorithm"].native) for a in signed["digest_algorithms"]]:
        raise BadToken("invalid_timestamp", "its own list does not hold the hash that it was signed with")
    attributes = _attributes(signers[0])
    _check_attributes(attributes, signers[0], body)
    _check_binding(attributes, signer)
    _check_signature(certificate, signers[0])
    _check_purpose(certificate, time)
    return TimestampToken(time.astimezone(dt.UTC), certificate.subject.rfc4514_string(), certificate, others)


def _signed_data(reply: bytes) -> Any:
    response = _Reply.load(reply, strict=True)
    _ = response.native  # reads every part, where the lookups below would read only theirs
    status = response["status"]
    if status["status"].dump() not in _GRANTED:
        reasons = [*(status["status_string"].native or ()), *sorted(status["fail_info"].native or ())]
        words = ", ".join(str(reason) for reason in [status["status"].native, *reasons])
        raise BadToken("invalid_timestamp", f"refused: {words}"[:200])
    token = response["token"]
    if isinstance(token, core.Void) or token["content_type"].native != "signed_data":
        raise BadToken("invalid_timestamp", "no signed token in it")
    signed = token["content"]
    if signed["encap_content_info"]["content_type"].native != "tst_info":
        raise BadToken("invalid_timestamp", "it signs no time")
    return signed


def _check_ours(info: Any, content: bytes, nonce: int) -> None:
    imprint = info["message_imprint"]
    digest = hashlib.sha256(content).digest()
    if (
        imprint["hash_algorithm"]["algorithm"].native != "sha256"
        or imprint["hashed_message"].native != digest
    ):
        raise BadToken("foreign_timestamp", "it is over something else")
    if info["nonce"].native != nonce:
        raise BadToken("foreign_timestamp", "it answers another request")


def _certificates(signed: Any, sid: Any) -> tuple[bytes, tuple[x509.Certificate, ...]]:
    """(the signer's, DER; the others that can be read). Raises BadToken without the signer's."""
    held = signed["certificates"]
    found = [] if isinstance(held, core.Void) else [c.chosen for c in held if c.name == "certificate"]
    if len(found) > _MOST_CERTIFICATES:
        raise BadToken("invalid_timestamp", f"more than {_MOST_CERTIFICATES} certificates")
    signer: bytes | None = None
    others: list[x509.Certificate] = []
    for one in found:
        der = bytes(one.dump())
        if signer is None and _is_named(one, sid):
            signer = der
        else:
            others.append(x509.load_der_x509_certificate(der))
    if signer is None:
        raise BadToken("invalid_timestamp", "the signer's certificate is not in it")
    return signer, tuple(others)


def _is_named(certificate: Any, sid: Any) -> bool:
    if sid.name != "issuer_and_serial_number":  # the only form that RFC 3161's readers know
        return False
    wanted = sid.chosen
    same = certificate.serial_number == wanted["serial_number"].native
    return bool(same and certificate.issuer.dump() == wanted["issuer"].dump())


def _attributes(signer: Any) -> dict[str, Any]:
    """Values of the signed attributes by name."""
    found: dict[str, Any] = {}
    signed = signer["signed_attrs"]
    for attribute in () if isinstance(signed, core.Void) else signed:
        name = str(attribute["type"].native)
        if name in found or len(attribute["values"]) != 1:
            raise BadToken("invalid_timestamp", f"signed attribute {name} more than once")
        found[name] = attribute["values"][0]
    return found


def _check_attributes(attributes: Mapping[str, Any], signer: Any, body: bytes) -> None:
    """That the signed attributes speak of this content."""
    if "content_type" not in attributes or attributes["content_type"].native != "tst_info":
        raise BadToken("invalid_timestamp", "the signature is over no time")
    digest = hashlib.new(_digest(signer), body).digest()
    if "message_digest" not in attributes or attributes["message_digest"].native != digest:
        raise BadToken("invalid_timestamp", "what was signed is not what it says")


def _digest(signer: Any) -> str:
    name = str(signer["digest_algorithm"]["algorithm"].native)
    if name not in _HASHES:
        raise BadToken("invalid_timestamp", f"signed with {name}")
    return name


def _check_binding(attributes: Mapping[str, Any], certificate: bytes) -> None:
    """ESSCertID or ESSCertIDv2, whichever are there: the signature names this certificate, not only its key."""
    versions = [n for n in ("signing_certificate", "signing_certificate_v2") if n in attributes]
    if not versions:
        raise BadToken("invalid_timestamp", "the signature names no certificate (ESSCertID)")
    for version in versions:
        named = attributes[version]["certs"][0]
        name = "sha1" if version == "signing_certificate" else named["hash_algorithm"]["algorithm"].native
        if name not in ("sha1", *_HASHES):
            raise BadToken("invalid_timestamp", f"the certificate is named by {name}")
        digest = hashlib.new(name, certificate, usedforsecurity=False).digest()
        if named["cert_hash"].native != digest or not _is_issuer_serial(named["issuer_serial"], certificate):
            raise BadToken("invalid_timestamp", "the signature names another certificate (ESSCertID)")


def _is_issuer_serial(named: Any, der: bytes) -> bool:
    """Whether the issuer and serial number in an ESSCertID, which may be left out, are the certificate's."""
    if isinstance(named, core.Void):
        return True
    certificate: Any = _Certificate.load(der)
    [issuer] = named["issuer"]
    same = named["serial_number"].native == certificate.serial_number
    return bool(
        same and issuer.name == "directory_name" and issuer.chosen.untag().dump() == certificate.issuer.dump()
    )


def _check_signature(certificate: x509.Certificate, signer: Any) -> None:
    """Raises InvalidSignature. What is signed are the attributes as a SET, whose tag the message leaves out."""
    key = certificate.public_key()
    signed = b"\x31" + bytes(signer["signed_attrs"].dump())[1:]
    signature = signer["signature"].native
    hash_ = _HASHES[_digest(signer)]()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, _padding(signer["signature_algorithm"]), hash_)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(hash_))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, signed)
    else:
        raise BadToken("invalid_timestamp", f"a key of another kind: {type(key).__name__}")


def _padding(algorithm: Any) -> padding.AsymmetricPadding:
    if algorithm.signature_algo != "rsassa_pss":
        return padding.PKCS1v15()
    parameters = algorithm["parameters"]
    masked = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
    return padding.PSS(padding.MGF1(_HASHES[masked]()), parameters["salt_length"].native)


def _check_purpose(certificate: x509.Certificate, time: dt.datetime) -> None:
    """RFC 3161, section 2.3: a certificate for time stamps and for nothing else; and it was valid then."""
    try:
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise BadToken("invalid_timestamp", "its certificate is not for time stamps") from None
    if not extended.critical or list(extended.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise BadToken("invalid_timestamp", "its certificate is not for time stamps alone")
    if not _may_sign(certificate):
        raise BadToken("invalid_timestamp", "the key of its certificate is for something else")
    if not certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc:
        raise BadToken("invalid_timestamp", "its certificate was not valid at its time")


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    other = (usage.key_encipherment, usage.data_encipherment, usage.key_agreement)
    return (usage.digital_signature or usage.content_commitment) and not (
        any(other) or usage.key_cert_sign or usage.crl_sign
    )
