"""round.toml: the settings of a round, validated by pydantic with every error at once."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import ssl
import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from claims import cells, hours
from claims.model import (
    CrawlSettings,
    NetworkSettings,
    ReplySettings,
    SealSettings,
    Settings,
    VantageEvidence,
)
from claims.problems import Problems
from claims.special_files import is_special_file

FILE = "round.toml"
_MOST_BYTES = 1_000_000

Text = Annotated[str, AfterValidator(cells.text)]
Url = Annotated[str, AfterValidator(cells.url)]
Id = Annotated[str, AfterValidator(cells.identifier)]


def _hours(value: str) -> str:
    value = cells.text(value)
    if value:
        hours.parse(value)
    return value


def _host(value: str) -> str:
    if ":" in value and not value.startswith("["):  # the delay is that of a host, at whatever port
        raise ValueError("host")
    return cells.host(value)


def _zone(value: str) -> str:
    try:
        return zoneinfo.ZoneInfo(value).key
    except (OSError, ValueError, KeyError):  # not a name, or none of the data base
        raise ValueError("no time zone") from None


def _resolver(value: str) -> str:
    """`address` or `address:port`; an IPv6 address with a port in brackets."""
    value = cells.text(value)
    address, port = value, "53"
    if re.fullmatch(r"[\d.]+:\d{1,5}|\[.+\]:\d{1,5}", value):
        address, _, port = value.rpartition(":")
    ipaddress.ip_address(address.strip("[]"))
    if not 0 < int(port) < 65536:
        raise ValueError("no port")
    return value


def _some_network(value: str) -> str:
    """Of addresses, as `192.0.2.0/24`; a single address is one."""
    return str(ipaddress.ip_network(cells.text(value)))


Network = Annotated[str, AfterValidator(_some_network)]
Resolver = Annotated[str, AfterValidator(_resolver)]
Resolvers = Annotated[
    list[Resolver],
    Field(max_length=3),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
]
ClassName = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$", max_length=200)]
Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Delay = Annotated[float, Field(ge=0, le=3600)]
Host = Annotated[str, AfterValidator(_host)]
Hours = Annotated[str, AfterValidator(_hours)]
Zone = Annotated[str, AfterValidator(_zone)]


class _Section(BaseModel):
    # Unknown keys are reported by us as warnings, so that a newer file still runs on an older program.
    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


class _Round(_Section):
    id: Id
    title: Text = ""
    title_en: Text = ""
    model: Annotated[Text, Field(min_length=1)] = "ir-portals"
    previous: Text | None = None
    previous_key: Fingerprint | None = None
    vantage: Annotated[Text, Field(min_length=1)] = "local"
    as_of: dt.datetime | dt.date | None = None
    language: Literal["fa", "en"] = "fa"


class _Crawl(_Section):
    contact: Url = "https://govah.example/bot"
    delay: Delay = 1.0
    delays: dict[Host, Delay] = {}
    per_host: Annotated[int, Field(ge=1, le=64)] = 2
    per_day: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    hours: Hours = ""
    timezone: Zone = "Asia/Tehran"
    max_pages: Annotated[int, Field(ge=1, le=10_000_000)] = 2000
    max_depth: Annotated[int, Field(ge=0, le=1000)] = 8
    max_datasets: Annotated[int, Field(ge=0, le=20_000)] = 500
    time_budget: Annotated[float, Field(gt=0)] = 3600.0
    max_body: Annotated[int, Field(ge=1024, le=1_073_741_824)] = 52_428_800
    render: Literal["auto", "always", "never"] = "auto"
    sandbox: Literal["preferred", "required"] = "preferred"
    robots: bool = True
    retry_after: Annotated[float, Field(ge=0)] = 30.0
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 1404
    spiders: Annotated[list[ClassName], Field(max_length=20)] = []


class _Network(_Section):
    allow_private: bool = False
    hosts: dict[str, str] = {}
    controls: list[Url] = []
    content_delivery: list[Network] = []
    public_roots: str | None = None
    national_roots: list[str] = []
    resolver: Resolvers | None = None
    dnssec_anchor: str | None = None


class _Seal(_Section):
    authorities: list[Url] = []
    authority_roots: Text | None = None


class _Replies(_Section):
    days: Annotated[int, Field(ge=0, le=3650)] = 0
    since: dt.date | None = None


class _Also(_Section):
    model_config = ConfigDict(extra="forbid")

    path: Annotated[Text, Field(min_length=1)]
    key: Fingerprint


class _Evidence(_Section):
    # One person compares them by hand; ten see more of a country than anybody can visit.
    also: Annotated[list[_Also], Field(max_length=10)] = []


class _File(_Section):
    round: _Round
    crawl: _Crawl = _Crawl()
    network: _Network = _Network()
    seal: _Seal = _Seal()
    replies: _Replies = _Replies()
    evidence: _Evidence = _Evidence()


def read_settings(folder: Path, problems: Problems) -> Settings | None:
    """None when the file is missing or wrong; the problems say why."""
    path = folder / FILE
    if is_special_file(path):
        problems.add(FILE, "not_a_file")
        return None
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            problems.add(FILE, "file_too_large", value=str(path.stat().st_size), limit=str(_MOST_BYTES))
            return None
        source = content.decode("utf-8-sig")
    except FileNotFoundError:
        problems.add(FILE, "no_file")
        return None
    except UnicodeDecodeError as error:
        problems.add(FILE, "not_utf8", value=str(error.start))
        return None
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        problems.add(FILE, "broken_toml", row=int(line.group(1)) if line else None, value=str(error))
        return None
    except ValueError as error:  # of a number that Python reads no digits of
        problems.add(FILE, "broken_toml", value=str(error).partition(";")[0])
        return None
    except RecursionError:
        problems.add(FILE, "too_deep")
        return None
    _warn_unknown(source, data, problems)
    telling = _find_credentials(source, data, problems)
    try:
        parsed = _File.model_validate(data)
    except ValidationError as error:
        for item in error.errors():
            if item.get("input") not in telling:
                _report(source, item["loc"], item.get("input"), item["type"], problems)
        return None
    network = _network(folder, source, parsed.network, problems)
    seal = _seal(folder, source, parsed.seal, problems)
    crawl = CrawlSettings(**parsed.crawl.model_dump() | {"spiders": tuple(parsed.crawl.spiders)})
    section = parsed.round
    previous = _path(folder, section.previous) if section.previous else None
    if previous is not None and not previous.exists():
        problems.add(FILE, "no_such_path", _line(source, "previous"), "round.previous", section.previous)
    as_of = section.as_of
    if as_of is not None and not isinstance(as_of, dt.datetime):
        as_of = dt.datetime.combine(as_of, dt.time())
    if as_of is not None:
        try:
            as_of = as_of.replace(tzinfo=as_of.tzinfo or dt.UTC).astimezone(dt.UTC)
        except OverflowError:  # at the ends of the calendar
            problems.add(
                FILE, "setting_round_as_of", _line(source, "as_of"), "round.as_of", as_of.isoformat()
            )
            return None
    return Settings(
        id=section.id,
        title=section.title,
        title_en=section.title_en,
        model=section.model,
        previous=previous,
        previous_key=section.previous_key,
        vantage=section.vantage,
        as_of=as_of,
        language=section.language,
        crawl=crawl,
        network=network,
        seal=seal,
        replies=ReplySettings(parsed.replies.days, parsed.replies.since),
        also=tuple(VantageEvidence(_path(folder, one.path), one.key) for one in parsed.evidence.also),
    )


def _find_credentials(source: str, data: dict[str, Any], problems: Problems) -> list[object]:
    """Reports addresses with a user's name or password, in whatever setting; returns these values."""
    found: list[object] = []

    def look(value: object, keys: tuple[str, ...]) -> None:
        if isinstance(value, dict):
            for key, part in value.items():
                look(part, (*keys, key))
        elif isinstance(value, list):
            for part in value:
                look(part, keys)
        elif isinstance(value, str):
            try:
                cells.without_credentials(value)
            except ValueError as error:
                found.append(value)
                problems.add(FILE, str(error), _line(source, keys[-1]), ".".join(keys[:2]), value)

    look(data, ())
    return found


def _report(source: str, loc: tuple[int | str, ...], value: object, kind: str, problems: Problems) -> None:
    parts = [str(part) for part in loc if part not in ("datetime", "date")]
    column = ".".join(parts[:2])
    if kind == "missing":
        problems.add(FILE, "missing_setting", column=column)
        return
    try:
        shown = value if isinstance(value, str) else repr(value)
    except (ValueError, RecursionError):  # of more digits, or deeper, than Python writes
        shown = "…"
    problems.add(
        FILE,
        f"setting_{column.replace('.', '_')}",
        _line(source, parts[1] if len(parts) > 1 else parts[0]),
        column,
        shown,
    )


def _warn_unknown(source: str, data: dict[str, Any], problems: Problems) -> None:
    sections: dict[str, type[_Section]] = {
        "round": _Round,
        "crawl": _Crawl,
        "network": _Network,
        "seal": _Seal,
        "replies": _Replies,
        "evidence": _Evidence,
    }
    for name, content in data.items():
        if name not in sections:
            problems.add(FILE, "unknown_setting", _line(source, name), name, severity="warning")
        elif isinstance(content, dict):
            for key in content.keys() - sections[name].model_fields.keys():
                problems.add(FILE, "unknown_setting", _line(source, key), f"{name}.{key}", severity="warning")


def _network(folder: Path, source: str, section: _Network, problems: Problems) -> NetworkSettings:
    for name, address in section.hosts.items():
        if not _is_mapping(name, address):
            line = _line(source, name) or _line(source, "hosts")
            problems.add(FILE, "setting_network_hosts", line, "network.hosts", f"{name} = {address}")
    roots: list[Path] = []
    given = [("national_roots", name) for name in section.national_roots]
    if section.public_roots is not None:
        given.insert(0, ("public_roots", section.public_roots))
    for key, given_name in given:
        path = _path(folder, given_name)
        roots.append(path)
        if not path.is_file() or b"-----BEGIN CERTIFICATE-----" not in path.read_bytes():
            problems.add(FILE, "not_a_bundle", _line(source, key), f"network.{key}", given_name)
    public = roots.pop(0) if section.public_roots is not None else None
    anchor = _path(folder, section.dnssec_anchor) if section.dnssec_anchor is not None else None
    if anchor is not None and not _holds_anchor(anchor):
        line = _line(source, "dnssec_anchor")
        problems.add(FILE, "not_an_anchor", line, "network.dnssec_anchor", section.dnssec_anchor)
    return NetworkSettings(
        allow_private=section.allow_private,
        hosts={name.lower(): address for name, address in section.hosts.items()},
        controls=tuple(section.controls),
        content_delivery=tuple(section.content_delivery),
        public_roots=public,
        national_roots=tuple(roots),
        resolvers=None if section.resolver is None else tuple(section.resolver),
        dnssec_anchor=anchor,
    )


def _holds_anchor(path: Path) -> bool:
    """Whether a file holds a DS or DNSKEY record of the root, as resolvers' anchor files do."""
    if not path.is_file():
        return False
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return any(
        re.match(r"\.\s+(?:\d+\s+)?(?:IN\s+)?(?:DS|DNSKEY)\s+\d+\s+\d+\s+\d+\s+\S", line) for line in lines
    )


def _seal(folder: Path, source: str, section: _Seal, problems: Problems) -> SealSettings:
    roots = _path(folder, section.authority_roots) if section.authority_roots is not None else None
    if roots is not None and not _is_bundle(roots):
        line = _line(source, "authority_roots")
        problems.add(FILE, "not_a_bundle", line, "seal.authority_roots", section.authority_roots)
    return SealSettings(tuple(dict.fromkeys(section.authorities)), roots)


def _is_bundle(path: Path) -> bool:
    """Whether it is a PEM file of certificates that can all be read."""
    if not path.is_file():
        return False
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        return False
    return True


def _is_mapping(name: str, address: str) -> bool:
    """`name` or `name:port` to `address` or `address:port` (an IPv6 address with port in brackets)."""
    bare, _, port = name.rpartition(":") if name.count(":") == 1 else (name, "", "0")
    target, _, target_port = (
        address.rpartition(":") if re.fullmatch(r"[\d.]+:\d+|\[.+\]:\d+", address) else (address, "", "0")
    )
    try:
        cells.host(bare)
        ipaddress.ip_address(target.strip("[]"))
        return 0 <= int(port) < 65536 and 0 <= int(target_port) < 65536
    except ValueError:
        return False


def _path(folder: Path, name: str) -> Path:
    return (folder / name).resolve()


def _line(source: str, key: str) -> int | None:
    """Line where a key or table is first written; None when it is written in a way we do not find."""
    pattern = re.compile(rf"""^\s*(?:\[\s*)?["']?{re.escape(key.strip('"'))}["']?\s*[\]=]""")
    return next((number for number, line in enumerate(source.splitlines(), 1) if pattern.match(line)), None)
