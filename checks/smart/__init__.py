"""Smart (S01–S09) as far as the services show it. Hosts have their own package."""
