"""Datasets of CKAN's API: what `package_search` and `package_show` answer, in the shapes of old and new versions. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.datasets.catalogues.entry import Entry, File, day_of, format_of, size_of, text_of, web_url, whole
from checks.page.wordlist import table

_FIELDS = table("datasets/words.toml")["ckan"]
_LANGUAGES = ("fa", "fa_IR", "fa-IR", "en")


def entries_of(packages: tuple[dict[str, Any], ...], base: str) -> Iterator[Entry]:
    """Datasets of search results, drafts and what was deleted left out. base: where the catalogue is."""
    return (_entry(package, base) for package in packages if _is_dataset(package))


def of_organisation(packages: tuple[dict[str, Any], ...], name: str) -> tuple[dict[str, Any], ...]:
    """Without those of others, which a server brings too that does not heed what it is asked. name: "" for all."""
    return tuple(package for package in packages if not name or _is_of(package.get("organization"), name))


def _is_of(organisation: Any, name: str) -> bool:
    told = [organisation.get(key) for key in ("name", "id")] if isinstance(organisation, dict) else []
    known = [text.casefold() for text in told if isinstance(text, str) and text]
    return not known or name.casefold() in known


def _is_dataset(package: Mapping[str, Any]) -> bool:
    kind = package.get("type") or "dataset"
    return (
        bool(package.get("id") or package.get("name"))
        and _is_active(package)
        and kind not in ("harvest", "showcase", "organization", "group")
    )


def _is_active(record: Mapping[str, Any]) -> bool:
    return str(record.get("state", "active")).casefold() == "active"  # DKAN writes it with a capital letter


def _entry(package: Mapping[str, Any], base: str) -> Entry:
    extras = dict(_extras(package.get("extras")))
    name = text_of(package.get("name") or package.get("id"), 200)
    files: list[File] = []
    refused = 0
    resources = package.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        if not isinstance(resource, dict) or not _is_active(resource):
            continue
        address = web_url(f"{base}/", resource.get("url"))
        if address is None:
            refused += bool(resource.get("url"))
        else:
            files.append(_file(resource, address))
    entry = Entry(
        id=name,
        title=_told(package, "title") or name,
        description=_told(package, "notes"),
        licence=_licence(package),
        period=_first(package, extras, _FIELDS["period"]),
        modified=_day(package, extras, _FIELDS["modified"]) or day_of(package.get("metadata_modified")),
        issued=_day(package, extras, _FIELDS["issued"]) or day_of(package.get("metadata_created")),
        page=web_url(f"{base}/", f"{base}/dataset/{name}"),
    )
    return whole(entry, files, refused)


def _file(resource: Mapping[str, Any], address: str) -> File:
    return File(
        address,
        _told(resource, "name"),
        format_of(resource.get("format"), resource.get("mimetype")),
        size_of(resource.get("size")),
        day_of(resource.get("last_modified")) or day_of(resource.get("created")),
    )


def _licence(package: Mapping[str, Any]) -> str:
    told = [text_of(package.get(key)) for key in ("license_url", "license_id", "license_title")]
    return next((text for text in told if text and text != "notspecified"), "")


def _told(record: Mapping[str, Any], key: str) -> str:
    """A text that may be told in several languages: `title`, `title_translated`."""
    for value in (record.get(f"{key}_translated"), record.get(key)):
        if isinstance(value, dict):
            texts = [text_of(value.get(language)) for language in _LANGUAGES]
            texts += [text_of(value[language]) for language in sorted(value, key=str)]
            if found := next((text for text in texts if text), ""):
                return found
        elif text := text_of(value):
            return text
    return ""


def _extras(value: Any) -> Iterator[tuple[str, Any]]:
    """(key, value): a list of pairs, or in the oldest versions a mapping."""
    if isinstance(value, dict):
        yield from ((str(key), said) for key, said in value.items())
    for extra in value if isinstance(value, list) else ():
        if isinstance(extra, dict) and isinstance(extra.get("key"), str):
            yield extra["key"], extra.get("value")


def _first(package: Mapping[str, Any], extras: Mapping[str, Any], keys: Sequence[str]) -> str:
    texts = (text_of(source.get(key)) for key in keys for source in (package, extras))
    return next((text for text in texts if text), "")


def _day(package: Mapping[str, Any], extras: Mapping[str, Any], keys: Sequence[str]) -> dt.date | None:
    days = (day_of(source.get(key)) for key in keys for source in (extras, package))
    return next((day for day in days if day is not None), None)
