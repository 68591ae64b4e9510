"""docs/model.md names every field, kind and rule of the schema, so that it cannot fall behind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from scoring.model import Axis, Group, Header, Indicator, Part, Rules, Step
from scoring.score import NotRanked

DOCS = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")


def fields(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_every_field_is_documented() -> None:
    union, *_ = get_args(Part)
    wanted: set[str] = set()
    for model in (Header, Rules, Axis, Group, Indicator, Step, *get_args(union)):
        wanted |= fields(model)
    words = {word for quoted in re.findall(r"`([^`\n]+)`", DOCS) for word in re.findall(r"[a-z_]+", quoted)}
    assert sorted(wanted - words - {"part"}) == []


def test_every_kind_is_documented() -> None:
    union, *_ = get_args(Part)
    for kind in get_args(union):
        assert f"| `{get_args(kind.model_fields['kind'].annotation)[0]}` |" in DOCS


def test_reasons_for_no_rank_are_documented() -> None:
    assert "`did_not_cooperate`" in DOCS and "`low_coverage`" in DOCS
    assert set(get_args(NotRanked)) == {"did_not_cooperate", "low_coverage", "nothing_applies"}
