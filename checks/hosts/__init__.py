"""Is each host of an agency safe to visit? Certificates, protocols, redirects, headers, cookies."""

from checks.hosts.security import CHECKS

__all__ = ["CHECKS"]
