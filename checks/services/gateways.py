"""Does a national gateway know whom it works for? By its URL, or by what its page says."""

from __future__ import annotations

import re
from urllib.parse import unquote

from checks.case import Case
from checks.services.foreign import own_host
from claims.model import Service
from claims.persian import tight
from evidence.records import Capture
from evidence.urls import host, is_web

# Parameters by which a client is named in OAuth, OpenID, SAML, CAS and their local kin.
_CLIENT = frozenset("client_id clientid client service_id serviceid entityid issuer app_id appid".split())
_RETURN = frozenset(
    "redirect_uri redirecturi redirect_url return_url returnurl return returnto callback service goto next state_url relaystate".split()
)
_PARAMETER = re.compile(r"[?&#]([^=&#?]{1,60})=([^&#]{1,2000})")


def names_client(case: Case, service: Service, url: str, page: Capture | None) -> bool:
    """Whether the gateway's URL or page names the agency, the service, or an address to come back to."""
    for name, raw in _PARAMETER.findall(url):
        value = unquote(raw)
        if name.lower() in _CLIENT and value:
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
