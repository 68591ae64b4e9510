"""What is it worth? Claims, findings and auditors' verdicts in; indicators, axes, totals and ranks out."""
