"""Which service a wording names, and what speaks for a page being a service's own."""
