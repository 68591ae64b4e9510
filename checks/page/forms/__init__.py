"""What a form asks for, whose kind of form it is, and under which heading it stands."""
