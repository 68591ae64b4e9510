"""The place of the evidence, cut out of the page's picture, in the report of a round."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path

import pytest

from checks.finding import Finding, Subject
from claims.model import Agency, NetworkSettings, Round, Service, Settings
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter, warc
from evidence.store.recording import parse_facts
from reports.html.finding_view import FindingViews, ScreenshotGallery
from reports.html.write import write_report
from scoring.load import load_model
from scoring.score import score
from tests.records import build

NOW = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
IMAGE = b"\xff\xd8\xff\xe0 a picture"
BOXES = (
    ("body > h1", 0, 40, 30, 600, 50),
    ("body > p", 0, 40, 900, 600, 80),
    ("body > p", 1, 40, 1900, 600, 80),
)
DOM = "<h1>خدمت</h1><p>نخست</p><div data-opened=1><p>تازه دوم</p></div><p>دوم <b>پررنگ</b></p>"

# selector, excerpt -> the element's box; None: the whole picture
NAMED: dict[tuple[str, str], tuple[int, int, int, int] | None] = {
    ("body > h1", "خدمت"): (40, 30, 600, 50),
    ("body > p", "دوم پررنگ"): (40, 1900, 600, 80),
    ("body > p", "نخست"): (40, 900, 600, 80),
    ("body > p", "تازه دوم"): None,  # it came with a control that was opened after the picture was taken
    ("body > p", ""): None,
    ("body > form", "خدمت"): None,
    ("", "خدمت"): None,
}


def written(
    folder: Path, images: list[bytes], boxes: tuple[tuple[str, int, int, int, int, int], ...]
) -> list[str]:
    """An evidence folder with a page and its picture for each image; ids of the pages."""
    ids = iter(f"00000000-0000-4000-8000-{n:012d}" for n in range(1000))
    pages = []
    with EvidenceWriter.open(
        folder / "evidence", vantage="v", now=lambda: NOW, new_id=lambda: next(ids), plan={}, signer=Signer.generate()
    ) as writer:  # fmt: skip
        for number, image in enumerate(images):
            url = f"https://a.test/{number}"
            page = writer.add(
                kind="page", agency="a", url=url, purpose="claim", attempt=1, time=NOW,
                facts=PageFacts(200, url, "t", True, None), body=DOM.encode(),
            )  # fmt: skip
            writer.add(
                kind="screenshot", agency="a", url=url, purpose="claim", attempt=1, time=NOW,
                facts=ScreenshotFacts(page.id, "image/jpeg", 1366, 2400, True, boxes), body=image,
            )  # fmt: skip
            pages.append(page.id)
        writer.commit()
    return pages


def finding(service: str, page: str, selector: str, excerpt: str) -> Finding:
    observed = {"selector": selector, "excerpt": excerpt}
    subject = Subject("service", service, "https://a.test/0")
    return Finding("a", subject, "services.entry", 1, "contradicted", "in_person_only", observed, (page,), 2)


def test_each_finding_shows_the_place_it_names(tmp_path: Path) -> None:
    (page,) = written(tmp_path, [IMAGE], BOXES)
    services = tuple(
        Service("a", f"s{n}", f"خدمت {n}", True, url="https://a.test/0") for n in range(len(NAMED))
    )
    findings = [finding(f"s{n}", page, *named) for n, named in enumerate(NAMED)]
    settings = Settings(id="r", network=NetworkSettings(controls=()))
    round_ = Round(tmp_path, settings, (Agency("a", "الف", "main", "https://a.test/"),), services)
    scores = score(round_, findings, load_model("ir-portals", tmp_path), as_of=NOW)
    results = build(round_, findings, scores, manifest_sha256=None, as_of=NOW, version="0")
    with EvidenceStore.open(tmp_path / "evidence") as store:
        write_report(round_, results, findings, scores, store, tmp_path / "report")
    for name, root in (("a.html", ""), ("en/a.html", "../")):
        text = (tmp_path / "report" / name).read_text(encoding="utf-8")
        cuts = re.findall(r'<a href="([^"]*)"><svg class="cut" viewBox="([^"]*)".*?<rect ([^>]*)/>', text)
        boxes = [tuple(int(value) for value in re.findall(r'"(\d+)"', rect)) for _, _, rect in cuts]
        assert sorted(boxes) == sorted(box for box in NAMED.values() if box)
        for (link, view, _), (x, y, width, height) in zip(cuts, boxes, strict=True):
            left, top, wide, high = (int(value) for value in view.split())
            assert (
                left <= x
                and top <= y
                and x + width <= left + wide <= 1366
                and y + height <= top + high <= 2400
            )
            assert high <= 640
            assert link.startswith(root + "shots/")
            assert (tmp_path / "report" / name).parent.joinpath(link).read_bytes() == IMAGE
        assert text.count('<div class="crop"><img') == sum(box is None for box in NAMED.values())


def test_a_crop_is_traced_to_its_picture_and_the_page_that_the_finding_rests_on(tmp_path: Path) -> None:
    pages = written(tmp_path, [IMAGE + bytes([n]) for n in range(3)], BOXES)
    findings = [finding(f"s{n}", page, "body > h1", "خدمت") for n, page in enumerate(pages)]
    with EvidenceStore.open(tmp_path / "evidence") as store:
        gallery = ScreenshotGallery(store, tmp_path / "report")
        gallery.learn(store.captures("a", "screenshot"))
        finding_views = FindingViews(store, gallery, findings)
        for number, found in enumerate(findings):
            (shown,) = finding_views.of("service", f"s{number}")
            assert shown.picture is not None and shown.crop is not None
            picture = store.get(Path(shown.picture).stem)  # the file is named by its capture
            assert isinstance(picture.facts, ScreenshotFacts)
            assert picture.facts.of in found.captures
            assert shown.crop.element in [box[2:] for box in picture.facts.boxes]
            image = (tmp_path / "report" / shown.picture).read_bytes()
            assert image == store.body(picture.id) == IMAGE + bytes([number])
            assert picture.sha256 == hashlib.sha256(image).hexdigest()
            place = store.location(picture.id)
            with (tmp_path / "evidence" / place.file).open("rb") as file:
                record = warc.read_at(file, place.offset, place.length)
            assert record is not None and record.block == image


def test_pictures_of_an_agency_are_bounded(tmp_path: Path) -> None:
    large = b"\xff\xd8\xff" + bytes(5_000_000)
    pages = written(tmp_path, [large + bytes([n]) for n in range(5)], BOXES)
    findings = [finding(f"s{n}", page, "body > h1", "خدمت") for n, page in enumerate(pages)]
    with EvidenceStore.open(tmp_path / "evidence") as store:
        gallery = ScreenshotGallery(store, tmp_path / "report")
        gallery.learn(store.captures("a", "screenshot"))
        finding_views = FindingViews(store, gallery, findings)
        shown = [finding_views.of("service", f"s{n}")[0] for n in range(5)]
    assert [item.picture is not None for item in shown] == [True, True, True, False, False]
    assert [item.crop is not None for item in shown] == [True, True, True, False, False]
    assert len(list((tmp_path / "report/shots").iterdir())) == 3


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("screenshot", '{"of":"x","media_type":"image/webp","width":1,"height":1,"full_page":true}'),
        ("page", '{"status":200,"final_url":"u","title":"t","finished":true,"failure":null,"browser":"b"}'),
    ],
)
def test_older_evidence_reads(kind: str, text: str) -> None:
    facts = parse_facts(kind, text)
    assert getattr(facts, "boxes", ()) == () and getattr(facts, "opened", ()) == ()
