"""Makes the files of this folder with the programs that people make them with; `kinds.toml` says what each is.

    python -m venv /tmp/kinds && /tmp/kinds/bin/pip install openpyxl xlsxwriter xlwt odfpy pyarrow python-docx python-pptx \
        pillow fpdf2 reportlab py7zr pyshp rdflib ebooklib fastavro pyreadstat dbf zstandard lz4 h5py scipy pandas pikepdf \
        msoffcrypto-tool
    /tmp/kinds/bin/python make.py

The files are kept, so that no test needs those programs. Some hold the time of their making: they are made once.
"""

from __future__ import annotations

import bz2
import csv
import datetime as dt
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).parent
HEAD = ["شهر", "تاریخ", "تعداد"]
ROWS: list[list[Any]] = [
    ["تهران", "1404/01/05", 12],
    ["یزد", "1404/02/07", 15],
    ["قم", "1404/03/01", 9],
    ["شیراز", "1404/03/20", 31],
]
LATIN: list[list[Any]] = [
    ["city", "day", "count"],
    ["Tehran", "2025-03-25", 12],
    ["Yazd", "2025-04-27", 15],
    ["Qom", "2025-05-22", 9],
    ["Shiraz", "2025-06-10", 31],
]
TABLE: list[list[Any]] = [HEAD, *ROWS]
PROSE = "این گزارش از کارهای سازمان در سال گذشته سخن می‌گوید و هیچ جدولی ندارد."


def put(name: str, body: bytes | str) -> None:
    (HERE / name).write_bytes(body.encode() if isinstance(body, str) else body)


def separated(mark: str = ",", rows: list[list[Any]] = TABLE, **options: Any) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, **options).writerows(rows)
    return out.getvalue()


def texts() -> None:
    plain = separated()
    put("utf8.csv", plain)
    put("bom.csv", plain.encode("utf-8-sig"))
    put("utf16-le.csv", plain.replace(",", "\t").encode("utf-16"))
    put("utf16-be.csv", b"\xfe\xff" + plain.encode("utf-16-be"))
    put("cp1256.csv", plain.replace("ی", "ي").encode("cp1256"))
    put("semicolon.csv", separated(";"))
    put("tab.tsv", separated("\t"))
    put("pipe.txt", separated("|"))
    put("quoted.csv", separated(quoting=csv.QUOTE_ALL))
    put("told.csv", "sep=;\r\n" + separated(";"))
    put("persian-comma.csv", separated("،"))
    put("latin.csv", separated(rows=LATIN))
    put(
        "records.json",
        json.dumps([dict(zip(HEAD, row, strict=True)) for row in ROWS], ensure_ascii=False, indent=1),
    )
    put(
        "lines.jsonl",
        "".join(json.dumps(dict(zip(HEAD, row, strict=True)), ensure_ascii=False) + "\n" for row in ROWS),
    )
    import pandas

    frame = pandas.DataFrame(ROWS, columns=HEAD)
    put("pandas.html", frame.to_html())
    put("pandas.csv", frame.to_csv(index=False))
    put("pandas-split.json", frame.to_json(orient="split", force_ascii=False))
    put("pandas-records.json", frame.to_json(orient="records", force_ascii=True))
    frame.columns = ["city", "day", "count"]
    put("pandas.xml", frame.to_xml(parser="etree"))
    frame.to_stata(HERE / "stata.dta", version=118)
    frame.to_parquet(HERE / "table.parquet")
    frame.to_feather(HERE / "table.feather")
    frame.to_pickle(HERE / "table.pickle")
    put(
        "page.html",
        f"<!DOCTYPE html><html lang=fa><head><title>داده</title></head><body><p>{PROSE}</p></body></html>",
    )


def sheets() -> None:
    import openpyxl
    import xlsxwriter
    import xlwt
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    book = openpyxl.Workbook()
    for row in TABLE:
        book.active.append(row)
    book.save(HERE / "openpyxl.xlsx")
    writer = xlsxwriter.Workbook(HERE / "xlsxwriter.xlsx")
    sheet = writer.add_worksheet("داده")
    for number, row in enumerate(TABLE):
        sheet.write_row(number, 0, row)
    writer.close()
    writer = xlsxwriter.Workbook(HERE / "formulas-hidden.xlsx")
    sheet, hidden = writer.add_worksheet("a"), writer.add_worksheet("b")
    for number, row in enumerate(TABLE):
        sheet.write_row(number, 0, row)
    for number in range(1, 5):
        sheet.write_formula(number, 3, f"=C{number + 1}*2", None, number)
    sheet.write(0, 3, "دوبرابر")
    hidden.write(0, 0, "x")
    hidden.hide()
    writer.close()
    writer = xlsxwriter.Workbook(HERE / "merged.xlsx")
    sheet = writer.add_worksheet("a")
    sheet.merge_range(0, 0, 0, 2, "آمار شهرها")
    for number, row in enumerate(TABLE, start=1):
        sheet.write_row(number, 0, row)
    writer.close()
    from msoffcrypto.format.ooxml import OOXMLFile

    with (HERE / "openpyxl.xlsx").open("rb") as source, (HERE / "locked.xlsx").open("wb") as target:
        OOXMLFile(source).encrypt("x", target)
    old = xlwt.Workbook(encoding="utf-8")
    page = old.add_sheet("داده")
    for number, row in enumerate(TABLE):
        for column, cell in enumerate(row):
            page.write(number, column, cell)
    old.save(str(HERE / "xlwt.xls"))
    dated = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for name, year in (("داده", 2023), ("ادامه", 2025)):
        page = dated.add_sheet(name)
        for column, cell in enumerate(HEAD):
            page.write(0, column, cell)
        for number, (city, *_) in enumerate(ROWS, start=1):
            page.write(number, 0, city)
            page.write(number, 1, dt.date(year, number + 3, 2 * number), day)
            page.write(number, 2, 9 + number)
    dated.save(str(HERE / "xlwt-dates.xls"))
    document = OpenDocumentSpreadsheet()
    table = Table(name="داده")
    for row in TABLE:
        line = TableRow()
        for cell in row:
            kind = {"valuetype": "float", "value": cell} if isinstance(cell, int) else {"valuetype": "string"}
            box = TableCell(**kind)
            box.addElement(P(text=str(cell)))
            line.addElement(box)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    document.save(HERE / "odfpy.ods")


def documents() -> None:
    import docx
    import pptx
    from ebooklib import epub
    from fpdf import FPDF
    from odf.opendocument import OpenDocumentPresentation, OpenDocumentText
    from odf.text import P
    from PIL import Image, ImageDraw
    from reportlab.pdfgen import canvas

    paper = docx.Document()
    paper.add_paragraph(PROSE)
    paper.save(HERE / "word.docx")
    show = pptx.Presentation()
    show.slides.add_slide(show.slide_layouts[6])
    show.save(HERE / "slides.pptx")
    text = OpenDocumentText()
    text.text.addElement(P(text=PROSE))
    text.save(HERE / "text.odt")
    OpenDocumentPresentation().save(HERE / "slides.odp")
    book = epub.EpubBook()
    book.set_identifier("x")
    book.set_title("x")
    chapter = epub.EpubHtml(title="x", file_name="x.xhtml")
    chapter.content = f"<p>{PROSE}</p>"
    book.add_item(chapter)
    book.spine = [chapter]
    book.toc = (chapter,)
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    epub.write_epub(str(HERE / "book.epub"), book)
    picture = Image.new("RGB", (64, 40), "white")
    ImageDraw.Draw(picture).text((4, 12), "12 15 9")
    for name in ("png", "jpeg", "gif", "bmp", "tiff", "webp", "ico"):
        picture.save(HERE / f"picture.{name}")
    picture.save(HERE / "scanned-pillow.pdf")
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica")
    pdf.cell(text="City 12")
    pdf.output(str(HERE / "fpdf.pdf"))
    page = canvas.Canvas(str(HERE / "reportlab.pdf"))
    page.drawString(72, 700, "City 12")
    page.save()
    import pikepdf

    for source, name in (
        ("reportlab.pdf", "objects-text.pdf"),
        ("scanned-pillow.pdf", "objects-scanned.pdf"),
    ):
        with pikepdf.open(HERE / source) as opened:
            opened.save(HERE / name, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    with pikepdf.open(HERE / "reportlab.pdf") as opened:
        opened.save(
            HERE / "locked.pdf",
            encryption=pikepdf.Encryption(owner="x", user="x"),
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    put("prose.txt", (PROSE + "\n") * 6)
    put(
        "drawing.svg",
        '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>\n',
    )


def packages() -> None:
    import lz4.frame
    import py7zr
    import zstandard

    plain = separated().encode()
    with zipfile.ZipFile(HERE / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", plain)
    with zipfile.ZipFile(HERE / "years.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for year in (1402, 1403, 1404):
            archive.writestr(f"{year}.csv", separated().replace("1404", str(year)))
    put("packed.csv.gz", gzip.compress(plain, mtime=0))
    put("packed.csv.bz2", bz2.compress(plain))
    put("packed.csv.xz", lzma.compress(plain))
    put("packed.csv.zst", zstandard.compress(plain))
    put("packed.csv.lz4", lz4.frame.compress(plain))
    with py7zr.SevenZipFile(HERE / "packed.7z", "w") as archive:
        archive.writestr(plain.decode(), "data.csv")
    tars: dict[str, Literal["w", "w:gz"]] = {"packed.tar": "w", "packed.tar.gz": "w:gz"}
    for name, mode in tars.items():
        with tarfile.open(HERE / name, mode) as archive:
            info = tarfile.TarInfo("data.csv")
            info.size = len(plain)
            archive.addfile(info, io.BytesIO(plain))


def science() -> None:
    import dbf
    import fastavro
    import h5py
    import numpy
    import pandas
    import pyarrow
    import pyarrow.orc
    import pyreadstat
    import scipy.io
    import shapefile

    frame = pandas.DataFrame(LATIN[1:], columns=LATIN[0])
    pyreadstat.write_sav(frame, str(HERE / "spss.sav"))
    pyreadstat.write_xport(frame, str(HERE / "sas.xpt"), table_name="T")
    pyreadstat.write_por(frame.rename(columns=str.upper), str(HERE / "spss.por"))
    schema = {"type": "record", "name": "r", "fields": [{"name": "city", "type": "string"}]}
    with (HERE / "table.avro").open("wb") as file:
        fastavro.writer(file, schema, [{"city": row[0]} for row in LATIN[1:]])
    pyarrow.orc.write_table(pyarrow.Table.from_pandas(frame), str(HERE / "table.orc"))
    with (
        pyarrow.OSFile(str(HERE / "table.arrows"), "wb") as sink,
        pyarrow.ipc.new_stream(sink, pyarrow.Table.from_pandas(frame).schema) as out,
    ):
        out.write_table(pyarrow.Table.from_pandas(frame))
    with h5py.File(HERE / "cells.h5", "w") as file:
        file["a"] = numpy.arange(4)
    with scipy.io.netcdf_file(HERE / "cells.nc", "w") as file:
        file.createDimension("t", 4)
        file.createVariable("t", "i", ("t",))[:] = numpy.arange(4, dtype="i4")
    scipy.io.savemat(HERE / "cells.mat", {"a": numpy.arange(4)})
    database = sqlite3.connect(HERE / "table.sqlite")
    database.execute("CREATE TABLE IF NOT EXISTS t (a, b)")
    database.executemany("INSERT INTO t VALUES (?, ?)", [(1, 2), (3, 4)])
    database.commit()
    database.close()
    table = dbf.Table(str(HERE / "table.dbf"), "city C(20); day C(10); count N(6,0)")
    table.open(dbf.READ_WRITE)
    for row in LATIN[1:]:
        table.append(tuple(row))
    table.close()
    with shapefile.Writer(str(HERE / "points")) as shapes:
        shapes.field("city", "C")
        for number, row in enumerate(LATIN[1:]):
            shapes.point(51 + number, 35)
            shapes.record(row[0])
    with zipfile.ZipFile(HERE / "points.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(HERE.glob("points.*")):
            if part.suffix != ".zip":
                archive.write(part, part.name)
                part.unlink()


def graphs() -> None:
    import rdflib

    graph = rdflib.Graph()
    space = rdflib.Namespace("http://data.test/")
    graph.bind("d", space)
    for number, row in enumerate(LATIN[1:]):
        graph.add((space[f"c{number}"], space.name, rdflib.Literal(row[0])))
        graph.add((space[f"c{number}"], space["count"], rdflib.Literal(row[2])))
    for kind, name in (
        ("turtle", "graph.ttl"),
        ("xml", "graph.rdf"),
        ("json-ld", "graph.jsonld"),
        ("nt", "graph.nt"),
        ("pretty-xml", "graph-pretty.rdf"),
    ):
        put(name, graph.serialize(format=kind))
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [51 + n, 35]},
            "properties": {"city": row[0], "count": row[2]},
        }
        for n, row in enumerate(LATIN[1:])
    ]
    put("points.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    marks = "".join(
        f"<Placemark><name>{row[0]}</name><Point><coordinates>51,35</coordinates></Point></Placemark>"
        for row in LATIN[1:]
    )
    kml = f'<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>\n'
    put("points.kml", kml)
    with zipfile.ZipFile(HERE / "points.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", kml)
    waypoints = "".join(
        f'<wpt lat="35" lon="{51 + n}"><name>{row[0]}</name></wpt>' for n, row in enumerate(LATIN[1:])
    )
    put(
        "points.gpx",
        f'<?xml version="1.0"?>\n<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{waypoints}</gpx>\n',
    )


if __name__ == "__main__":
    for make in (texts, sheets, documents, packages, science, graphs):
        make()
