"""`make house`: draws the rooms of the house and what stands in each, from their imports, into docs/house/.

A room is drawn above whatever it imports. An arrow that others already say (a imports b, b imports c, a imports c) is
left out. A circle, or an arrow back, would have no floor: `make lint` refuses both.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import grimp

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "house"
ROOMS = ("claims", "web", "evidence", "crawler", "checks", "scoring", "reports", "govah")
MOST = 24  # modules of a folder: one with more is hard to keep in mind
_INK, _LINE, _SOFT, _ROOM = "#17232b", "#9fb0ba", "#5a6b75", "#eef3f5"
_LETTER, _PAD, _GAP, _HEIGHT, _FLOOR, _MARGIN = 7.4, 10, 14, 26, 60, 20

Imports = Mapping[str, frozenset[str]]


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*ROOMS)


def inside(parent: str) -> Imports:
    """What stands directly in a room, or in the house (""), and which of the others each imports."""
    known = graph()
    names = ROOMS if not parent else sorted(known.find_children(parent))
    below = {name: {name, *known.find_descendants(name)} for name in names}
    of = {module: name for name, modules in below.items() for module in modules}
    return {
        name: frozenset(
            of[target]
            for module in modules
            for target in known.find_modules_directly_imported_by(module)
            if of.get(target, name) != name
        )
        for name, modules in below.items()
    }


def floors(imports: Imports) -> list[list[str]]:
    """From the ground up: each stands on the floor above the highest that it imports. Raises ValueError for a circle."""
    found: dict[str, int] = {}

    def floor(name: str, above: tuple[str, ...]) -> int:
        if name in above:
            raise ValueError(f"a circle: {' -> '.join((*above, name))}")
        if name not in found:
            found[name] = 1 + max((floor(other, (*above, name)) for other in imports[name]), default=-1)
        return found[name]

    for name in sorted(imports):
        floor(name, ())
    return [
        sorted(n for n in found if found[n] == level) for level in range(max(found.values(), default=-1) + 1)
    ]


def needed(imports: Imports) -> Imports:
    """Without the arrows that follow from others."""

    @cache
    def reached(name: str) -> frozenset[str]:
        return frozenset(imports[name].union(*(reached(other) for other in imports[name])))

    return {
        name: frozenset(t for t in targets if not any(t in reached(other) for other in targets - {t}))
        for name, targets in imports.items()
    }


def size(name: str) -> int:
    """Modules in it, itself alone for a module."""
    return len(graph().find_descendants(name)) or 1


def picture(title: str, imports: Imports, packages: frozenset[str]) -> str:
    """An SVG: the ground floor below, boxes in the order that keeps arrows short. packages: those that hold others."""
    levels, arrows = floors(imports), needed(imports)
    labels = {
        name: f"{name.rpartition('.')[2]}/ {size(name)}" if name in packages else name.rpartition(".")[2]
        for name in imports
    }
    wide = {name: len(label) * _LETTER + 2 * _PAD for name, label in labels.items()}
    rows = [sum(wide[n] for n in row) + _GAP * (len(row) - 1) for row in levels]
    width = max(*rows, len(title) * _LETTER) + 2 * _MARGIN
    height = len(levels) * _FLOOR + _MARGIN + 22
    middle: dict[str, float] = {}
    boxes: list[str] = []
    for level, row in enumerate(levels):
        under = {name: [middle[t] for t in arrows[name]] for name in row}
        row = sorted(row, key=lambda n: (sum(under[n]) / len(under[n]) if under[n] else 0.0, n))
        y = height - _MARGIN - _HEIGHT - level * _FLOOR
        x = (width - rows[level]) / 2
        for name in row:
            middle[name] = x + wide[name] / 2
            fill = _ROOM if name in packages else "#fff"
            boxes.append(
                f'<rect x="{x:.0f}" y="{y}" width="{wide[name]:.0f}" height="{_HEIGHT}" rx="4" fill="{fill}" stroke="{_SOFT}"/>'
                f'<text x="{middle[name]:.0f}" y="{y + 17}" text-anchor="middle" fill="{_INK}">{escape(labels[name])}</text>'
            )
            x += wide[name] + _GAP
    on = {name: level for level, row in enumerate(levels) for name in row}
    lines = [
        _arrow(middle[a], on[a], middle[b], on[b], height) for a in sorted(arrows) for b in sorted(arrows[a])
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img"'
            f' font-family="monospace" font-size="12"><title>{escape(title)}</title>',
            '<rect width="100%" height="100%" fill="#fff"/>',
            f'<text x="{_MARGIN}" y="20" fill="{_SOFT}">{escape(title)}</text>',
            *lines,
            *boxes,
            "</svg>",
            "",
        ]
    )


def _arrow(x: float, level: int, to_x: float, to_level: int, height: int) -> str:
    y = height - _MARGIN - level * _FLOOR
    to_y = height - _MARGIN - _HEIGHT - to_level * _FLOOR
    return f'<path d="M{x:.0f} {y}C{x:.0f} {y + 26} {to_x:.0f} {to_y - 26} {to_x:.0f} {to_y}" fill="none" stroke="{_LINE}"/>'


def pictures() -> dict[str, str]:
    """By file name: the house, and each of its rooms."""
    known = graph()
    drawn: dict[str, str] = {}
    for parent in ("", *ROOMS):
        imports = inside(parent)
        packages = frozenset(name for name in imports if known.find_children(name))
        drawn[f"{parent or 'house'}.svg"] = picture(_title(parent, imports), imports, packages)
    return drawn


def _title(parent: str, imports: Iterable[str]) -> str:
    return f"{parent or 'The house'}: {len(list(imports))} parts; each imports only what stands below it"


def crowded() -> dict[str, int]:
    """Folders with more modules than one keeps in mind; folders in them are not counted."""
    known = graph()
    counts = {
        package: sum(not known.find_children(child) for child in known.find_children(package))
        for package in known.modules
    }
    return {module: count for module, count in counts.items() if count > MOST}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, drawn in pictures().items():
        (FOLDER / name).write_text(drawn, encoding="utf-8")
    sys.stdout.write(f"{len(ROOMS) + 1} pictures are in {FOLDER.relative_to(ROOT)}\n")
    for folder, count in crowded().items():
        sys.stdout.write(f"{folder} holds {count} modules; {MOST} are the most.\n")


if __name__ == "__main__":
    main()
