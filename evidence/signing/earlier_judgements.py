"""Sealed judgements that a later one replaced, kept beside it. Each names the hash of the seal before it.

    results/earlier/N/       the files of the N-th judgement that was not the last

So a judgement that is put back over a newer one, or taken out of the row, is seen (`evidence.verify.earlier_judgements`).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from evidence import layout
from evidence.errors import SealError
from evidence.regular_files import content, is_regular
from evidence.signing import keys
from evidence.signing.findings_seal import (
    CLAIMS,
    EARLIER,
    FINDINGS,
    LEAVES,
    MANIFEST,
    SIGNATURE,
    SealStatement,
    is_sealed_as,
)
from evidence.signing.keys import Signer

FILES = (FINDINGS, LEAVES, CLAIMS, SIGNATURE, MANIFEST)
_NUMBER = re.compile(r"[1-9]\d{0,8}")


def number_of(name: str) -> int | None:
    """Of the judgement whose folder has this name; None when no judgement is kept in such a folder."""
    return int(name) if _NUMBER.fullmatch(name) else None


def earlier(results: Path) -> list[Path]:
    """Judgements that were set aside, oldest first. Raises SealError where something else lies in the place of one."""
    folder = results / EARLIER
    if not os.path.lexists(folder):
        return []
    found = [path for path in _folder(folder).iterdir() if number_of(path.name)]
    return sorted(map(_folder, found), key=lambda path: int(path.name))


def _folder(path: Path) -> Path:
    if path.is_symlink() or not path.is_dir():
        raise SealError(f"{path} is no folder of a judgement; govah verify names what is wrong")
    return path


def last_seal(results: Path) -> str | None:
    """SHA-256 of the seal of the last judgement that was set aside; None when none was. Raises SealError."""
    kept = earlier(results)
    if not kept:
        return None
    sealed = content(kept[-1] / MANIFEST)
    if sealed is None:
        raise SealError(f"{kept[-1]} has lost its seal; put it back, or move results/{EARLIER} away")
    return hashlib.sha256(sealed).hexdigest()


def set_aside(results: Path, evidence: Path, signer: Signer, statement: SealStatement | None) -> Path | None:
    """Copies the sealed judgement that lies there to a folder of its own, durably, and gives that.

    statement: what is to be sealed in its stead, None for findings that will have no seal. None is done, and given,
    when that says the same, when the seal is neither by the evidence's signer nor by this one, or when it was set
    aside already: by a check that died after it. Raises SealError where `earlier` does.
    """
    _clear(results)
    sealed, signature = content(results / MANIFEST), content(results / SIGNATURE)
    if sealed is None or signature is None or not _is_ours(sealed, signature, evidence, signer):
        return None
    if statement is not None and is_sealed_as(results, evidence, statement, signer):
        return None
    kept = earlier(results)
    if is_aside(results):
        return None
    number = int(kept[-1].name) + 1 if kept else 1
    target = results / EARLIER / str(number)
    draft = target.with_name(f".{number}")
    layout.make_folder(draft, layout.SHARED_FOLDER)
    for name in FILES:
        if is_regular(results / name):
            with (
                (results / name).open("rb") as file,
                layout.whole_file(draft / name, layout.SHARED) as descriptor,
            ):
                layout.copy_all(file, descriptor)
    draft.replace(target)
    layout.sync_folder(target.parent)
    return target


def is_aside(results: Path) -> bool:
    """Whether the judgement that lies there is kept as one that was replaced, too: by a check that died after it."""
    sealed = content(results / MANIFEST)
    return sealed is not None and any(content(folder / MANIFEST) == sealed for folder in earlier(results))


def _clear(results: Path) -> None:
    """Takes away what a check that died left of a judgement that it was setting aside."""
    for draft in (results / EARLIER).glob(".*"):
        if number_of(draft.name.removeprefix(".")):
            shutil.rmtree(_folder(draft))


def _is_ours(sealed: bytes, signature: bytes, evidence: Path, signer: Signer) -> bool:
    pems = (signer.public_pem, content(evidence / layout.SIGNER) or b"")
    found = (keys.parse_public(pem) for pem in pems)
    return any(key is not None and keys.verifies(key, signature, sealed) for key in found)
