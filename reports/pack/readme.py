"""README.md of a disclosure pack, in Persian and in English, with the commands to check it without govah.

Says nothing that was crawled: names in it are the pack's own, the finding's id, the round's and those of vantage points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evidence.pack.format import PackContents, PackedRecord, folder_of
from reports.catalogue import TextCatalogue
from reports.visible import visible

_OK = ' && echo "{}: OK" || {{ echo CHANGED; false; }}'
_KEY = "openssl pkey -pubin -in signer.pem -outform DER | sha256sum"
_SIGNATURES = "\n".join(
    f"openssl pkeyutl -verify -pubin -inkey signer.pem -rawin -in {name}.json -sigfile {name}.sig"
    for name in ("pack", "manifest", "findings.manifest")
)
_FILES = (
    'grep --quiet "\\"sums\\":\\"$(sha256sum < SHA256SUMS | head -c 64)\\"" pack.json'
    + _OK.format("SHA256SUMS")
    + "\nsha256sum --check --quiet SHA256SUMS"
    + _OK.format("all files")
    + """
diff <(cut -c 67- SHA256SUMS | LC_ALL=C sort) \\
     <(find . ! -type d -printf '%P\\0' | tr '\\n\\0' '?\\n' | grep -vxE 'pack\\.(json|sig)|SHA256SUMS' | LC_ALL=C sort)"""
)
_BOND = (
    'grep --quiet "\\"evidence\\":\\"$(sha256sum < manifest.json | head -c 64)\\"" findings.manifest.json'
    + _OK.format("the evidence they rest on")
)
_WAY = r"""pair() { printf "\\x01$(printf %s "$1$2" | sed 's/../\\x&/g')" | sha256sum | head -c 64; }
climb() {
  node=$1
  while read -r side hash; do
    case $side in
      left) node=$(pair "$hash" "$node") ;;
      right) node=$(pair "$node" "$hash") ;;
    esac
  done < "$2"
  echo "$node"
}"""
_WHOLE_LEAF = "leaf=$( (printf '\\0'; cat finding.json) | sha256sum | head -c 64)"
_GIVEN_LEAF = "leaf=$(sed -n 's/^leaf //p' proofs/finding.txt)"
_FINDING = (
    'grep --quiet "\\"leaf\\":\\"$leaf\\"" pack.json && '
    'grep --quiet "\\"root\\":\\"$(climb "$leaf" proofs/finding.txt)\\"" findings.manifest.json'
    + _OK.format("finding")
)
_RECORDS = r"""( for proof in proofs/record-*.txt; do
  number=${proof#proofs/record-} number=${number%.txt}
  leaf=$(sed -n 's/^leaf //p' "$proof")
  if test -e "records/$number.warc"; then
    found=$( (printf '\0'; cat "records/$number.warc") | sha256sum | head -c 64)
    test "$leaf" = "$found" || { echo "CHANGED: records/$number.warc"; exit 1; }
  fi
  grep --quiet "\"leaf\":\"$leaf\"" pack.json || { echo "CHANGED: $proof"; exit 1; }
  root=$(climb "$leaf" "$proof")
  grep --quiet "\"records\":{\"count\":[0-9]*,\"root\":\"$root\"" manifest.json || { echo "CHANGED: $proof"; exit 1; }
  echo "record $number: OK"
done ) || false"""
_PLACES = r"""round=$(sed -E 's/.*("round":"[^"]*").*/\1/' manifest.json)
for place in places/*/; do
  key=$(openssl pkey -pubin -in "${place}signer.pem" -outform DER | sha256sum | head -c 64)
  echo "$place: $key"
  openssl pkeyutl -verify -pubin -inkey "${place}signer.pem" -rawin -in "${place}manifest.json" -sigfile "${place}manifest.sig"
  joined="{\"key\":\"$key\",\"manifest\":\"$(sha256sum < "${place}manifest.json" | head -c 64)\"}"
  grep --quiet --fixed-strings "$joined" findings.manifest.json || { echo "CHANGED: the findings do not rest on $place"; false; }
  grep --quiet --fixed-strings "$round" "${place}manifest.json" || { echo "CHANGED: $place is of another round"; false; }
done"""
# Of each record, the seal that it is under.
_RECORDS_OF_PLACES = (
    _RECORDS.replace("""  grep --quiet "\\"records""", """  under=$(grep --files-with-matches "\\"records""")
    .replace(""" manifest.json || {""", """ manifest.json places/*/manifest.json) || {""")
    .replace("$number: OK", "$number, under $under: OK")
)
_STAMPS = """for token in manifest.*.tsr; do
  when=$(openssl ts -reply -in "$token" -text | sed -n 's/^Time stamp: //p')
  echo "$token: $when"
  at=$(date -d "$when" +%s)
  openssl ts -verify -data manifest.sig -in "$token" -CAfile "$AUTHORITY_ROOTS" -attime "$at"
done"""


def readme(
    contents: PackContents,
    stamped: bool,
    witnesses: Sequence[str],
    persian: TextCatalogue,
    english: TextCatalogue,
) -> bytes:
    """stamped: time stamps of authorities are in the pack. witnesses: files of records with a handshake witness."""
    told = (list(_told(contents, witnesses, texts)) for texts in (persian, english))
    lines = ['<div dir="rtl">', "", *next(told), "", "</div>", "", *next(told)]
    lines += ["", f"## {persian.text('pack.check')} / {english.text('pack.check')}", ""]
    lines += _both("pack.check_intro", persian, english)
    for step, commands in _steps(contents, stamped):
        lines += ["", *_both(step, persian, english), "", "```sh", *commands.split("\n"), "```"]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _both(key: str, persian: TextCatalogue, english: TextCatalogue) -> list[str]:
    return ['<div dir="rtl">', "", persian.text(key), "", "</div>", "", english.text(key)]


def _steps(contents: PackContents, stamped: bool) -> Iterator[tuple[str, str]]:
    """(key of its text, commands)"""
    yield "pack.step_key", _KEY
    yield "pack.step_signatures", _SIGNATURES
    yield "pack.step_files", _FILES
    yield "pack.step_bond", _BOND
    yield "pack.step_way", _WAY
    leaf = _WHOLE_LEAF if contents.finding.state == "whole" else _GIVEN_LEAF
    yield "pack.step_finding", f"{leaf}\n{_FINDING}"
    if contents.places:
        yield "pack.step_places", _PLACES
    if contents.records:
        yield "pack.step_records", _RECORDS_OF_PLACES if contents.places else _RECORDS
    if stamped:
        tokens, signature = "$(find . -name 'manifest.*.tsr')", '"${token%/*}/manifest.sig"'
        places = _STAMPS.replace("manifest.*.tsr", tokens).replace("manifest.sig", signature)
        yield "pack.step_stamps", places if contents.places else _STAMPS


def _told(contents: PackContents, witnesses: Sequence[str], texts: TextCatalogue) -> Iterator[str]:
    finding, records = contents.finding, contents.records
    yield f"# {texts.text('pack.title', finding=finding.id, round=contents.round)}"
    yield from ("", texts.text("pack.what"))
    yield from ("", f"## {texts.text('pack.proves')}", "")
    yield f"- {texts.text('pack.proves_1', file=finding.file)}"
    yield from (f"- {texts.text(f'pack.proves_{number}')}" for number in (2, 3))
    for number, place in enumerate(contents.places, 1):
        named = {"place": folder_of(number), "vantage": _code(place.vantage), "fingerprint": place.key}
        yield f"- {texts.text('pack.proves_place', **named)}"
    yield from ("", f"## {texts.text('pack.not')}", "")
    redacted = finding.state == "redacted" or any(record.state == "redacted" for record in records)
    yield from (f"- {texts.text(f'pack.not_{number}')}" for number in range(1, 5 if redacted else 4))
    yield from ("", f"## {texts.text('pack.records')}", "")
    if not records:
        yield texts.text("pack.no_records")
    for record in records:
        yield f"- `{record.file}`: {_record(record, texts)}"
    if witnesses:
        files = _comma(texts).join(f"`{file}`" for file in witnesses)
        yield from ("", texts.text("pack.witnesses", files=files))
    if finding.redactions:
        yield from ("", texts.text("pack.finding_redacted", kinds=_kinds(finding.redactions, texts)))
    if any(taken.keys() - {"body"} for taken in (finding.redactions, *(one.redactions for one in records))):
        yield from ("", texts.text("pack.marks"), "", texts.text("pack.guess"))
    if contents.kept:
        kinds = _comma(texts).join(texts.text(f"pack_kind.{kind}") for kind in contents.kept)
        yield from ("", texts.text("pack.kept", kinds=kinds))
    yield from ("", f"## {texts.text('pack.look')}", "")
    yield from (f"- {texts.text(f'pack.look_{number}')}" for number in (1, 2))
    unread = _comma(texts).join(f"`{record.file}`" for record in records if record.body == "unread")
    yield "- " + (texts.text("pack.look_pictures", files=unread) if unread else texts.text("pack.look_none"))


def _record(record: PackedRecord, texts: TextCatalogue) -> str:
    parts = [texts.text(f"pack_type.{record.type}"), texts.text(f"pack.state_{record.state}")]
    if record.place:
        parts.insert(1, texts.text("pack.from_place", place=folder_of(record.place)))
    taken = {kind: count for kind, count in record.redactions.items() if kind != "body"}
    if taken:
        parts.append(texts.text("pack.taken_out", kinds=_kinds(taken, texts)))
    if record.state == "redacted" and record.left_out:
        parts.append(texts.text(f"pack.left_out_{record.left_out}"))
    elif record.body in ("decoded", "redacted"):
        parts.append(texts.text(f"pack.body_{record.body}"))
    return "; ".join(parts) if texts.language == "en" else "؛ ".join(parts)


def _kinds(redactions: Mapping[str, int], texts: TextCatalogue) -> str:
    return _comma(texts).join(
        f"{texts.text(f'pack_kind.{kind}')} ({count})" for kind, count in redactions.items()
    )


def _code(text: str) -> str:
    """A name that the place itself chose, in a code span that it cannot end."""
    return visible(text, keeps="").replace("`", "'")


def _comma(texts: TextCatalogue) -> str:
    return ", " if texts.language == "en" else "، "
