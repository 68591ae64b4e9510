"""What the report tells of a host, as lines of text codes and values; pages and the terminal only format them.

Read from findings alone. No rule is held here: what is a problem was decided by `checks.hosts.security`.
"""
