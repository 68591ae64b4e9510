"""What the DNS says of an agency's hosts: signed or not, addresses, name servers, who may issue certificates, mail.

Judged offline from the recorded bytes, at the time of judgement, from pinned keys of the root; a resolver's word that
an answer is authentic counts for nothing. Not validated: see docs/decisions/hosts.md.
"""
