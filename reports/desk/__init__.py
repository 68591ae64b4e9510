"""The auditor's desk: results and evidence of one round as web pages, and the forms that record what auditors say.

Reads the evidence; only `govah retest`, in a process of its own, writes to it. What is served, to whom and on which address is `govah.commands.serve`.
"""
