"""results/results.db: what was found of a round, for questions in SQL and for the desk. Derived, never sealed, never trusted."""
