"""The rule about the keyboard: can what is pressed be reached without a mouse, and is the focus let go?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.accessibility.rule import Measures, PageRule, RuleResult, places
from checks.page.wordlist import phrases

# A card that tells of a service is longer than the words on its entry.
_LONGEST_ENTRY = 50
# Caught is a focus that so many presses leave with so few controls. Chosen, not measured: a picker of dates has more controls
# than these, and a menu lets go sooner.
_TRAP_PRESSES = 12
_TRAP_CONTROLS = 3  # The controls of such a trap. A focus that passes more is not caught.


def keyboard(measures: Measures) -> RuleResult:
    """What can be pressed can be reached without a mouse, a service's entry above all; the focus is not caught."""
    wide = measures["wide"]
    controls = wide["controls"]
    if not controls:
        return RuleResult(0, 0, verdict="not_applicable")
    reached = {control["text"] for control in controls if control["focusable"]}
    beyond = [
        control
        for control in controls
        if not control["focusable"] and not control["disabled"] and control["text"] not in reached
    ]
    entries = [control for control in beyond if _is_entry(control)]
    others = [control for control in beyond if control["handled"] and not _is_entry(control)]
    kinds = []
    if entries:
        kinds.append("entry_mouse_only")
    if others:
        kinds.append("mouse_only")
    if (
        caught := _caught(measures.get("tab"), sum(control["focusable"] for control in controls))
    ) is not None:
        kinds.append("focus_caught")
    if wide["tabindex"]["positive"]:
        kinds.append("tabindex_positive")
    held = [controls[at] for at in caught or () if at < len(controls)]
    return RuleResult(
        len(entries) + len(others) + wide["tabindex"]["positive"] + (caught is not None),
        len(controls),
        tuple(kinds),
        places([*entries, *held, *others, *wide["tabindex"]["examples"]][:5]),
        {
            "entries": sum(1 for control in controls if _is_entry(control)),
            "tab_presses": len(measures["tab"]["order"]) if measures.get("tab") else None,
        },
    )


def _is_entry(control: Mapping[str, Any]) -> bool:
    """Its words offer a service: to ask for something, follow it up, pay, sign in."""
    text = control["text"]
    if not text or len(text) > _LONGEST_ENTRY or phrases("page/words/pages.toml", "not_action").find(text):
        return False
    return phrases("page/words/pages.toml", "action", "pay_words").find(text) is not None


def _caught(tab: Mapping[str, Any] | None, focusable: int) -> Sequence[int] | None:
    """Controls that the focus never leaves though others wait; None when it comes round, or nobody can say.

    An open dialog may hold the focus until it is closed, and a frame counts its own controls.
    """
    if tab is None or tab["dialog"] or tab["ended"] == "round" or len(tab["order"]) < _TRAP_PRESSES:
        return None
    held = set(tab["order"][-_TRAP_PRESSES:])
    if (
        min(held) < 0
        or len(held) > _TRAP_CONTROLS
        or len({at for at in tab["order"] if at >= 0}) >= focusable
    ):
        return None
    return sorted(held)


KEYBOARD = PageRule(("wide",), keyboard)
