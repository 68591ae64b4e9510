"""User-centred (U01–U12), beside the entries of services, links and pages, which have packages of their own."""
