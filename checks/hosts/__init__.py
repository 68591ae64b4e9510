"""Is each host of an agency safe to visit? Certificates, protocols, redirects, headers, cookies."""
