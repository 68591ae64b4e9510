"""PDF files written by hand, as programs on paper write Persian: forms of letters from the left, a code for each."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence

WIDTH = 0.6  # of the size, of every character
SIZE = 12
_FORMS = {
    (form, base): char
    for code in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD))
    if len(told := unicodedata.decomposition(char := chr(code)).split()) == 2
    for form, base in [(told[0], chr(int(told[1], 16)))]
}


def on_paper(text: str) -> str:
    """A line of Persian with numbers, as it stands from left to right in the forms that its letters take."""
    shaped = "".join(_shaped(text, place) for place in range(len(text)) if text[place] != "\u200c")
    words: list[str] = []
    for place, char in enumerate(shaped):
        inside = char.isdigit() or (char in ",٬/" and shaped[place + 1 : place + 2].isdigit())
        if words and inside and (words[-1][-1].isdigit() or (char.isdigit() and words[-1][-1] in ",٬/")):
            words[-1] += char
        else:
            words.append(char)
    return "".join(reversed(words))


def _shaped(text: str, place: int) -> str:
    char = text[place]
    before = place > 0 and ("<initial>", text[place - 1]) in _FORMS and ("<final>", char) in _FORMS
    after = place + 1 < len(text) and ("<initial>", char) in _FORMS and ("<final>", text[place + 1]) in _FORMS
    form = "<medial>" if before and after else "<final>" if before else "<initial>" if after else "<isolated>"
    return _FORMS.get((form, char), char)


def written(
    lines: Sequence[tuple[float, float, str]],
    rules: Sequence[tuple[float, float, float, float]] = (),
    *,
    named: bool = True,
) -> bytes:
    """A page with texts at places, from left to right, and lines between points. named: it says what its codes mean."""
    codes = {
        char: number for number, char in enumerate(sorted({char for _, _, text in lines for char in text}), 1)
    }
    shown = [
        f"BT /F {SIZE} Tf {x} {y} Td <{''.join(f'{codes[char]:04x}' for char in text)}> Tj ET"
        for x, y, text in lines
    ]
    drawn = [f"{x} {y} m {to_x} {to_y} l S" for x, y, to_x, to_y in rules]
    pairs = "\n".join(f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for char, code in codes.items())
    meaning = (
        f"1 begincodespacerange <0000> <ffff> endcodespacerange {len(codes)} beginbfchar\n{pairs}\nendbfchar"
    )
    return assembled(
        "\n".join([*shown, *drawn]).encode(),
        font="<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [6 0 R]"
        + (" /ToUnicode 7 0 R" if named else "")
        + " >>",
        more=[
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW {int(WIDTH * 1000)} >>".encode(),
            stream(meaning.encode()),
        ],
    )


def right(x: float, text: str) -> float:
    """Where a text begins that ends at x."""
    return x - WIDTH * SIZE * len(text)


def stream(body: bytes, told: str = "") -> bytes:
    return f"<< /Length {len(body)} {told} >>\nstream\n".encode() + body + b"\nendstream"


def packed(body: bytes) -> bytes:
    return stream(zlib.compress(body, 9), "/Filter /FlateDecode")


def assembled(
    content: bytes,
    *,
    font: str = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    more: Sequence[bytes] = (),
    resources: str = "/Font << /F 5 0 R >>",
) -> bytes:
    """A file of one page. content: its operators, or a whole stream."""
    held = content if content.startswith(b"<<") else stream(content)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << {resources} >> >>".encode(),
        held,
        font.encode(),
        *more,
    ]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, told in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + told + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)


ROWS = (
    ("عنوان خدمت", "صدور پروانه بهره\u200cبرداری از چاه"),
    ("شناسه خدمت", "14051822000"),
    ("نوع خدمت", "الکترونیکی"),
    ("هزینه خدمت", "۲۵۰٬۰۰۰ ریال"),
    ("مدت زمان انجام", "۱۰ روز کاری"),
    ("نشانی خدمت", "https://chah.portal.test/apply?id=12"),
)


def card(rows: Sequence[tuple[str, str]] = ROWS, *, ruled: bool = True, named: bool = True) -> bytes:
    """A card as a table on paper. ruled: with lines around its cells."""
    lines: list[tuple[float, float, str]] = []
    rules: list[tuple[float, float, float, float]] = []
    top = 800.0
    for number, (label, value) in enumerate(rows):
        y = top - 24 * number
        for x, text in ((540.0, label), (400.0, value)):
            told = text if text.isascii() else on_paper(text)
            lines.append((right(x, told), y, told))
        if ruled:
            rules.append((60, y + 18, 545, y + 18))
    if ruled:
        end = top - 24 * len(rows) + 18
        rules.append((60, end, 545, end))
        rules += [(x, end, x, top + 18) for x in (60.0, 405.0, 545.0)]
    return written(lines, rules, named=named)
