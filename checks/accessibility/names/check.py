"""`accessibility.names`: do images and fields have names that a screen reader can speak?

Looked at: whether there is a name. Not looked at: whether it is a good one; a placeholder is none.
"""

from __future__ import annotations

from checks.accessibility.rule import Measures, PageCheck, PageRule, RuleResult, places


def names(measures: Measures) -> RuleResult:
    """Images have a text in their place, and fields a label."""
    images, fields = measures["wide"]["images"], measures["wide"]["fields"]
    if not images["total"] + fields["total"]:
        return RuleResult(0, 0, verdict="not_applicable")
    kinds = []
    if images["without"]:
        kinds.append("image_unnamed")
    if fields["without"]:
        kinds.append("field_unnamed")
    return RuleResult(
        images["without"] + fields["without"],
        images["total"] + fields["total"],
        tuple(kinds),
        places([*fields["examples"], *images["examples"]][:5]),
        {
            "images": images["total"],
            "images_unnamed": images["without"],
            "fields": fields["total"],
            "fields_unnamed": fields["without"],
            "fields_placeholder_only": fields["placeholder"],
        },
    )


CHECK = PageCheck("accessibility.names", 1, PageRule(("wide",), names))
