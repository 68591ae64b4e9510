"""What a server answers to random paths, folder by folder, and which pages look like that answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.discovery.siblings import MOST_FOLDERS, PER_FOLDER, Sketch, comparable, resembles, template
from crawler.jobs import Job
from web.urls import folder

_ANYWHERE = 3  # folders in which each random path got a page of its own
_MOST_ANSWERS = 4  # of random paths, that pages of all folders are held against


@dataclass(slots=True)
class _Folder:
    """pending: probes without an answer. answers, pages: size of the source and sketch."""

    pending: int
    answers: list[tuple[int, Sketch]] = field(default_factory=list)
    pages: list[tuple[Job, int, Sketch]] = field(default_factory=list)


class SoftNotFound:
    """Per agency. Keeps pages only while their folder's answer is open or is a page."""

    def __init__(self) -> None:
        self._folders: dict[str, _Folder] = {}
        self._templates: set[str] = set()
        self._anything: list[tuple[int, Sketch]] = []
        self._made_up: set[str] = set()

    def wants_probe(self, page: str, claimed: bool) -> bool:
        """Whether this page's folder is to be probed; True at most once a folder."""
        base = folder(page)
        if base in self._folders:
            return False
        shape = template(page)
        if not claimed and (shape in self._templates or len(self._templates) >= MOST_FOLDERS):
            return False
        self._templates.add(shape)
        self._folders[base] = _Folder(PER_FOLDER)
        return True

    def met(self, job: Job, size: int, look: Callable[[], Sketch]) -> bool:
        """A page with 200; True when it resembles what its folder is known to answer to anything.

        size: characters of its source.
        """
        known = self._folders.get(folder(job.url))
        if known is None:
            return False
        near = [answer for other, answer in known.answers if comparable(size, other)]
        if not near and not known.pending:
            return False
        sketch = look()
        if any(resembles(sketch, answer) for answer in near):
            return True
        if known.pending:
            known.pages.append((job, size, sketch))
        return False

    def is_anything(self, size: int, look: Callable[[], Sketch]) -> bool:
        """Whether a page is all but what random paths were answered, in whatever folder of this agency."""
        return any(
            comparable(size, other) and resembles(look(), answer, length=0.9, words=0.9)
            for other, answer in self._anything
        )

    def is_made_up(self, page: str) -> bool:
        """Whether the server makes another page of every name in this folder, or does so wherever it was asked."""
        base = folder(page)
        if base in self._made_up or len(self._made_up) < _ANYWHERE:
            return base in self._made_up
        known = self._folders.get(base)
        return known is None or known.pending > 0

    def answered(self, probe: str, size: int, sketch: Sketch | None) -> list[Job]:
        """The answer to a probe (no sketch: an honest error); returns pages met before that resemble it."""
        known = self._folders.get(folder(probe))
        if known is None:
            return []
        known.pending -= 1
        alike: list[Job] = []
        if sketch is not None:
            if any(not resembles(sketch, other) for _, other in known.answers):
                self._made_up.add(folder(probe))
            known.answers.append((size, sketch))
            if len(self._anything) < _MOST_ANSWERS:
                self._anything.append((size, sketch))
            alike = [
                job
                for job, length, page in known.pages
                if comparable(size, length) and resembles(page, sketch)
            ]
            known.pages = [entry for entry in known.pages if entry[0] not in alike]
        if known.pending <= 0:
            known.pages.clear()
        return alike
