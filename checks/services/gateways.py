"""Does a national gateway know whom it works for? By its URL, by what a form sends to it, or by what its page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import unquote, urlencode

from checks.case import Case
from checks.page.forms.kinds import Form
from checks.page.wordlist import known_host, table
from checks.services.matching.gates import acts_agree, soft
from checks.services.title_words import read
from claims.hosts import declared_hosts
from claims.model import Service
from claims.persian import tight
from evidence.records import Capture
from web.domains import registrable_domain
from web.urls import absolute, host, is_web

# Parameters by which a client is named in OAuth, OpenID, SAML, CAS and their local kin, and those of the way back.
_CLIENT = frozenset(
    "client_id clientid client client_name clientname service_id serviceid entityid issuer app_id appid".split()
)
_RETURN = frozenset(
    "redirect_uri redirecturi redirect_url return_url returnurl return returnto callback service goto next state_url relaystate redirect_to redirect back_url backurl".split()
)
_COMMON_LABELS = frozenset("www gov com edu portal app".split())
_WORDS = re.compile(r"[a-z0-9]+")
_LEAST = 3  # Letters of a host's label that may name an agency. Fewer stand in any address.
_CLEAR = 5  # Letters of a label that is looked for inside words. A shorter one must be a whole word.
_PARAMETER = re.compile(r"[?&#]([^=&#?]{1,60})=([^&#]{1,2000})")
_ADDRESS = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?]|$)")
_MOST_HIDDEN = 40  # Hidden fields of a form that are read. Later ones are not. By hand.
_LONGEST = 200  # Characters of a client's name that are compared. By hand.
_DEEPEST = 3  # how often an address is written inside another, and how often it is encoded


def names_client(case: Case, service: Service, url: str, page: Capture | None) -> bool:
    """Whether the gateway's URL or page names the agency, the service, or an address to come back to.

    An opaque client number names nobody.
    """
    if any(_names(case, service, name, value) for name, value in _parameters(url)):
        return True
    if service.code is not None and service.code in url:
        return True
    if page is None:
        return False
    told = tight(case.document(page).text[:20_000])
    names = [case.agency.name, service.title]
    return any(len(tight(name)) >= 6 and tight(name) in told for name in names)


def comes_back_to(url: str) -> str:
    """The address to which a log-in is told to send people on; "" where it is told none."""
    said = (absolute(url, value) for name, value in _parameters(url) if name in _RETURN and "/" in value)
    return next((target for target in said if target is not None), "")


def asked_by(form: Form) -> str:
    """The address that a form asks a gateway for, with what it sends unseen; "" for one that is sent to none."""
    if not known_host("sso", host(form.target)):
        return ""
    hidden = [
        (node.attributes.get("name") or "", node.attributes.get("value") or "")
        for node in form.node.css("input[type=hidden]")[:_MOST_HIDDEN]
    ]
    return f"{form.target}{'&' if '?' in form.target else '?'}{urlencode(hidden)}"


def _parameters(url: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Names, in small letters, and decoded values. A gateway that sends on to itself is asked for what it then is told
    («login?returnUrl=/connect/authorize?client_id=…»)."""
    for name, raw in _PARAMETER.findall(url):
        value = _decoded(raw)
        yield name.lower(), value
        onward = absolute(url, value) if name.lower() in _RETURN and depth < _DEEPEST else None
        if onward is not None and _ADDRESS.match(value) is None and known_host("sso", host(onward)):
            yield from _parameters(onward, depth + 1)


def _decoded(raw: str) -> str:
    for _ in range(_DEEPEST):
        raw, before = unquote(raw), raw
        if raw == before:
            break
    return raw


def _names(case: Case, service: Service, name: str, value: str) -> bool:
    if name not in _CLIENT and name not in _RETURN:
        return False
    if name in _CLIENT and _of_agency(case, service, value):
        return True
    if name in _RETURN and is_web(value):
        return case.owns(host(value))
    # CAS has a name or an address there, the latter now and then without its scheme
    if name == "service":
        return _of_agency(case, service, value)
    return name in _RETURN and bool(_ADDRESS.match(value)) and case.owns(host(f"http://{value}"))


def _of_agency(case: Case, service: Service, value: str) -> bool:
    """Whether a client's name is the service's title, with or without its act, or the agency's: its name, its host, the label that
    its host is known by, or a name for it that this label begins with.
    """
    told = value.lower()
    if any(
        len(tight(name)) >= 6 and tight(name) in tight(told) for name in (case.agency.name, service.title)
    ):
        return True
    if _says_parts(f"{case.agency.name} {service.title}", service, value):
        return True
    words = _WORDS.findall(told)
    begins = words[0] if words and len(words[0]) >= _CLEAR and words[0] not in _kinds_of_bodies() else None
    for declared in declared_hosts(case.agency):
        name = declared.removeprefix("www.")
        label = _label(name)
        if name in told or label in words or (len(label) >= _CLEAR and label in told):
            return True
        if begins is not None and label.startswith(begins):  # «andaze-baskul» of «andaze-negar.test»
            return True
    return False


def _says_parts(names: str, service: Service, value: str) -> bool:
    """Whether a client's name is put together from words of the agency's name and of the title: «آرشیو ملی - مجوز امحا»."""
    known, said = read(names), read(value[:_LONGEST])
    things = set(said.words) - soft()
    return (
        len(things) > 1
        and things <= set(known.words)
        and said.numbers <= known.numbers
        and (not said.actions or acts_agree(read(service.title), said) > 0)
    )


@cache
def _kinds_of_bodies() -> frozenset[str]:
    return frozenset(table("services/words.toml")["body_kinds"])


def _label(name: str) -> str:
    """What a host is known by: «abnama» of «www.abnama.gov.ir»; "" where that says nothing."""
    label = (registrable_domain(name) or "").partition(".")[0]
    return label if len(label) >= _LEAST and label not in _COMMON_LABELS else ""
