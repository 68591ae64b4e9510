"""What a page draws: characters with their places, and the lines of its tables. Operators of ISO 32000-1, 8.4, 8.5 and 9.4.

Turned text is read as if it stood upright; what is drawn in pictures is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, StreamObject

from checks.pdf.fonts import Font

Matrix = tuple[float, float, float, float, float, float]
# Two corners.
Segment = tuple[float, float, float, float]

_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)  # The matrix that moves nothing
_MOST_OPERATORS = 300_000  # Operators of a page. Past them the page ends as a limit of ours. By hand.
_MOST_GLYPHS = 40_000  # Characters of a page. Past them the page ends as a limit of ours. By hand.
# Lines of a page's tables. Later ones are not drawn, so their cells run together. By hand.
_MOST_RULES = 4_000
# Drawings that a page refers to. Later ones are not drawn: they may refer to each other for ever.
_MOST_FORMS = 200
_DEEPEST = 4  # Drawings within drawings. Deeper ones are not drawn: they may hold themselves.
_THIN = 3.0  # points: a filled box so narrow is a line
_STROKES = frozenset((b"S", b"s", b"B", b"B*", b"b", b"b*"))
_FILLS = frozenset((b"f", b"F", b"f*"))


class DrawingLimit(Exception):
    """A page past our bounds."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character, or a ligature. x: of its left edge; y: of its baseline; in points from the lower left."""

    text: str
    x: float
    y: float
    width: float
    size: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of a table. at: x of a vertical line, y of a level one; from `low` to `high` on the other axis."""

    at: float
    low: float
    high: float


@dataclass(slots=True)
class Drawn:
    glyphs: list[Glyph] = field(default_factory=list)
    upright: list[Rule] = field(default_factory=list)
    level: list[Rule] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _State:
    """The part of the graphics state that moves characters."""

    ctm: Matrix = _UNIT
    font: Font | None = None
    size: float = 0.0
    char: float = 0.0
    word: float = 0.0
    scale: float = 1.0
    leading: float = 0.0


def draw(page: DictionaryObject, reader: PdfReader) -> Drawn:
    """Raises DrawingLimit, and what pypdf raises over a broken file."""
    pen = _Pen(reader)
    content: Any = page.get("/Contents")
    held = content.get_object() if content is not None else None
    if isinstance(held, (ArrayObject, StreamObject)):
        pen.run(held, _resources(page), 0)
    return pen.drawn


def _resources(page: DictionaryObject) -> DictionaryObject:
    """Of the page, or of the node of the tree that it hangs from."""
    current: Any = page
    for _ in range(50):
        told = current.get("/Resources")
        if told is not None:
            found = told.get_object()
            return found if isinstance(found, DictionaryObject) else DictionaryObject()
        parent = current.get("/Parent")
        if parent is None:
            break
        current = parent.get_object()
    return DictionaryObject()


class _Pen:
    """Runs the operators of one page."""

    def __init__(self, reader: PdfReader) -> None:
        self.drawn = Drawn()
        self._reader = reader
        self._state = _State()
        self._stack: list[_State] = []
        self._text = self._line = _UNIT
        self._figures: list[list[Segment]] = []
        self._boxes: list[Segment] = []
        self._parts = 0  # of the path: segments and boxes
        self._at = self._begun = (0.0, 0.0)
        self._fonts: dict[int, tuple[DictionaryObject, Font]] = {}
        self._operators = self._forms = 0

    def run(self, content: Any, resources: DictionaryObject, depth: int) -> None:
        for operands, operator in ContentStream(content, self._reader, "bytes").operations:
            self._operators += 1
            if self._operators > _MOST_OPERATORS or len(self.drawn.glyphs) > _MOST_GLYPHS:
                raise DrawingLimit
            if operator == b"Do":
                self._form(operands, resources, depth)
            elif operator == b"Tf":
                self._tf(operands, resources)
            elif operator in _STROKES or operator in _FILLS or operator == b"n":
                self._paint(operator)
            else:
                self._do(operator, operands)

    def _form(self, operands: Any, resources: DictionaryObject, depth: int) -> None:
        held: Any = resources.get("/XObject")
        form = held.get_object().get(operands[0]) if held is not None and operands else None
        form = form.get_object() if form is not None else None
        self._forms += 1
        if not isinstance(form, StreamObject) or form.get("/Subtype") != "/Form" or depth >= _DEEPEST:
            return
        if self._forms > _MOST_FORMS:
            raise DrawingLimit
        before, stack = self._state, self._stack
        self._stack = []
        matrix = form.get("/Matrix")
        if isinstance(matrix, ArrayObject) and len(matrix) == 6:
            self._state = replace(before, ctm=_times(_matrix(matrix), before.ctm))
        own = form.get("/Resources")
        inner = own.get_object() if own is not None else resources
        self.run(form, inner if isinstance(inner, DictionaryObject) else resources, depth + 1)
        self._state, self._stack = before, stack

    def _tf(self, operands: Any, resources: DictionaryObject) -> None:
        name, size = operands
        held: Any = resources.get("/Font")
        told = held.get_object().get(name) if held is not None else None
        resource = told.get_object() if told is not None else None
        font = None
        if isinstance(resource, DictionaryObject):
            if id(resource) not in self._fonts:
                self._fonts[id(resource)] = resource, Font(resource)  # held, so that its id is nobody else's
            font = self._fonts[id(resource)][1]
        self._state = replace(self._state, font=font, size=float(size))

    def _do(self, operator: bytes, operands: Any) -> None:
        state = self._state
        match operator:
            case b"q":
                if len(self._stack) < 1_000:
                    self._stack.append(state)
            case b"Q":
                self._state = self._stack.pop() if self._stack else state
            case b"cm":
                self._state = replace(state, ctm=_times(_matrix(operands), state.ctm))
            case b"BT":
                self._text = self._line = _UNIT
            case b"Tm":
                self._text = self._line = _matrix(operands)
            case b"Td":
                self._move(float(operands[0]), float(operands[1]))
            case b"TD":
                self._state = replace(state, leading=-float(operands[1]))
                self._move(float(operands[0]), float(operands[1]))
            case b"T*":
                self._move(0.0, -state.leading)
            case b"TL":
                self._state = replace(state, leading=float(operands[0]))
            case b"Tc":
                self._state = replace(state, char=float(operands[0]))
            case b"Tw":
                self._state = replace(state, word=float(operands[0]))
            case b"Tz":
                self._state = replace(state, scale=float(operands[0]) / 100)
            case b"Tj":
                self._show(operands[0])
            case b"'":
                self._move(0.0, -state.leading)
                self._show(operands[0])
            case b'"':
                self._state = replace(state, word=float(operands[0]), char=float(operands[1]))
                self._move(0.0, -state.leading)
                self._show(operands[2])
            case b"TJ":
                for part in operands[0]:
                    if isinstance(part, (int, float)):
                        self._advance(-float(part) / 1_000 * state.size * state.scale)
                    else:
                        self._show(part)
            case b"m":
                self._at = self._begun = (float(operands[0]), float(operands[1]))
                if not self._figures or self._figures[-1]:
                    self._figures.append([])
            case b"l":
                self._to(float(operands[0]), float(operands[1]))
            case b"h":
                self._to(*self._begun)
            case b"re":
                x, y, wide, high = (float(part) for part in operands)
                self._parts += 1
                if self._parts < _MOST_RULES:
                    self._boxes.append((*self._place(x, y), *self._place(x + wide, y + high)))

    def _move(self, x: float, y: float) -> None:
        self._text = self._line = _times((1.0, 0.0, 0.0, 1.0, x, y), self._line)

    def _advance(self, x: float) -> None:
        self._text = _times((1.0, 0.0, 0.0, 1.0, x, 0.0), self._text)

    def _show(self, text: Any) -> None:
        state = self._state
        told = text if isinstance(text, bytes) else bytes(getattr(text, "original_bytes", b""))
        if state.font is None:
            return
        for said, width, space in state.font.glyphs(told):
            matrix = _times(self._text, state.ctm)
            spread = abs(matrix[0]) or abs(matrix[1])
            wide = width * state.size * state.scale
            self.drawn.glyphs.append(
                Glyph(
                    said,
                    matrix[4],
                    matrix[5],
                    wide * spread,
                    abs(state.size) * (abs(matrix[3]) or abs(matrix[2])),
                )
            )
            self._advance(wide + (state.char + (state.word if space else 0.0)) * state.scale)

    def _place(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self._state.ctm
        return a * x + c * y + e, b * x + d * y + f

    def _to(self, x: float, y: float) -> None:
        self._parts += 1
        if self._parts < _MOST_RULES and self._figures:
            self._figures[-1].append((*self._place(*self._at), *self._place(x, y)))
        self._at = (x, y)

    def _paint(self, operator: bytes) -> None:
        """Lines that are stroked, boxes too, and whatever is filled and so thin that it is a line."""
        for figure in self._figures if operator != b"n" else ():
            if operator in _STROKES:
                for segment in figure:
                    self._rule(*segment)
            elif figure:
                across = [x for segment in figure for x in segment[::2]]
                along = [y for segment in figure for y in segment[1::2]]
                self._rule(min(across), min(along), max(across), max(along))
        for left, bottom, right, top in self._boxes if operator != b"n" else ():
            if abs(right - left) <= _THIN or abs(top - bottom) <= _THIN:
                self._rule(left, bottom, right, top)
            elif operator in _STROKES:
                for segment in (
                    (left, bottom, right, bottom), (left, top, right, top), (left, bottom, left, top), (right, bottom, right, top),
                ):  # fmt: skip
                    self._rule(*segment)
        self._figures, self._boxes, self._parts = [], [], 0

    def _rule(self, x: float, y: float, other_x: float, other_y: float) -> None:
        wide, high = abs(other_x - x), abs(other_y - y)
        if min(wide, high) > _THIN or max(wide, high) <= _THIN:
            return
        if len(self.drawn.upright) + len(self.drawn.level) >= _MOST_RULES:
            return
        if high > wide:
            self.drawn.upright.append(Rule((x + other_x) / 2, min(y, other_y), max(y, other_y)))
        else:
            self.drawn.level.append(Rule((y + other_y) / 2, min(x, other_x), max(x, other_x)))


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = (float(operand) for operand in operands)
    return a, b, c, d, e, f


def _times(left: Matrix, right: Matrix) -> Matrix:
    a, b, c, d, e, f = left
    g, h, i, j, k, m = right
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m
