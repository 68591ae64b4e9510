"""`accessibility.keyboard`: can a page be used without a mouse?

Looked at: controls that a mouse can press and the focus cannot reach, the entry of a service above all; an order of focus set
by hand; a focus that is caught. Not looked at: what a script listens to without a sign of it, frames, stops after the sixtieth.
"""

from __future__ import annotations

from checks.accessibility.rule import PageCheck
from checks.accessibility.without_mouse import KEYBOARD

CHECK = PageCheck("accessibility.keyboard", 1, KEYBOARD, words=("page/words/pages.toml",))
