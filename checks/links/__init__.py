"""Which links of an agency's pages lead nowhere?"""

from checks.links.target import CHECKS

__all__ = ["CHECKS"]
