"""Are the elements of a portal there, and have they substance?"""

from checks.elements.presence import CHECKS

__all__ = ["CHECKS"]
