"""What the DNS says of an agency's hosts: signed or not, addresses, name servers, who may issue certificates, mail.

Judged offline from the recorded bytes, at the time of judgement, from pinned keys of the root; a resolver's word that
an answer is authentic counts for nothing. Not validated: see docs/decisions.md.
"""

from checks.case import Check
from checks.dns.check import DnssecCheck, FactCheck
from checks.dns.rules import addresses_rule, caa_rule, mail_rule, servers_rule

RULES = (
    DnssecCheck(),
    FactCheck("dns.addresses", 1, addresses_rule),
    FactCheck("dns.servers", 1, servers_rule),
    FactCheck("dns.caa", 2, caa_rule),
    FactCheck("dns.mail", 3, mail_rule),
)
CHECKS: tuple[Check, ...] = RULES

__all__ = ["CHECKS", "RULES"]
