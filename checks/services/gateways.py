"""Does a national gateway know whom it works for? By its URL, or by what its page says."""

from __future__ import annotations

import re
from urllib.parse import unquote

from checks.case import Case
from checks.own_host import own_host
from claims.model import Service
from claims.persian import tight
from evidence.records import Capture
from evidence.urls import host, is_web

# Parameters by which a client is named in OAuth, OpenID, SAML, CAS and their local kin.
_CLIENT = frozenset("client_id clientid client service_id serviceid entityid issuer app_id appid".split())
_RETURN = frozenset(
    "redirect_uri redirecturi redirect_url return_url returnurl return returnto callback service goto next state_url relaystate".split()
)
_COMMON_LABELS = frozenset("www gov ac co org net sch id com edu ir portal app my".split())
_WORDS = re.compile(r"[a-z0-9]+")
_LEAST = 3
_CLEAR = 5
_PARAMETER = re.compile(r"[?&#]([^=&#?]{1,60})=([^&#]{1,2000})")


def names_client(case: Case, service: Service, url: str, page: Capture | None) -> bool:
    """Whether the gateway's URL or page names the agency, the service, or an address to come back to.

    An opaque client number names nobody.
    """
    for name, raw in _PARAMETER.findall(url):
        value = unquote(raw)
        if name.lower() in _CLIENT and _of_agency(case, value):
            return True
        if name.lower() in _RETURN and is_web(value) and own_host(case, host(value)):
            return True
    if service.code is not None and service.code in url:
        return True
    if page is None:
        return False
    told = tight(case.document(page).text[:20_000])
    names = [case.agency.name, service.title]
    return any(len(tight(name)) >= 6 and tight(name) in told for name in names)


def _of_agency(case: Case, value: str) -> bool:
    """Whether a client's name is the agency's: its name, its host, or the label that its host is known by."""
    told = value.lower()
    if len(tight(case.agency.name)) >= 6 and tight(case.agency.name) in tight(told):
        return True
    words = set(_WORDS.findall(told))
    for entry in (case.agency.portal, *case.agency.hosts):
        name = host(entry if "://" in entry else f"http://{entry}/").removeprefix("www.")
        label = _label(name)
        if (name and name in told) or label in words or (len(label) >= _CLEAR and label in told):
            return True
    return False


def _label(name: str) -> str:
    """What a host is known by: «abnama» of «www.abnama.gov.ir»; "" where that says nothing."""
    labels = [part for part in name.split(".")[:-1] if part not in _COMMON_LABELS]
    return labels[-1] if labels and len(labels[-1]) >= _LEAST else ""
