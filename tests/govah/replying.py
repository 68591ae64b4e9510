"""A round over real sockets: two agencies on loopback, one of whose claimed pages is gone, with the answer of that agency."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import command_server
from tests.crawler.conftest import Site, answer
from tests.keys import made_key

MENDED = (
    "<title>صدور پروانه کسب</title><h1>صدور پروانه کسب</h1><p>درخواست خود را در فرم زیر ثبت کنید.</p>"
    "<form method=post action=/send><label>کد ملی <input name=nid></label><label>نام <input name=name></label>"
    "<button>ثبت درخواست</button></form>"
)
HOME = "<title>سازمان</title><h1>سازمان</h1><p>درگاه سازمان</p><a href=/s1>صدور پروانه کسب</a> <a href=/s2>تمدید</a>"
HEADER = "reply,agency,subject,date,by,stance,text,contact\n"
REPLY = "r1,a1,s1,2026-01-10,مدیر فناوری,mended,The form is back at the same address.,it@a1.test\n"


@dataclass(frozen=True)
class Told:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Audit:
    """The round's folder, the portal, and the commands of an auditor with a key of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "round"
        self.key = made_key(folder / "signer.key")
        self.site = Site({"/": answer(HOME), "/s2": answer(MENDED.replace("صدور پروانه", "تمدید پروانه"))})
        self.folder.mkdir()
        names = ("a1.test", "a2.test", "control.test")
        hosts = ", ".join(f'"{name}:80" = "{self.site.target}"' for name in names)
        self.write(
            "round.toml",
            f'[round]\nid = "r"\nvantage = "v"\nlanguage = "en"\n'
            '[crawl]\ndelay = 0.0\nretry_after = 0.5\nrender = "never"\nper_host = 4\n'
            f"[network]\nallow_private = true\nhosts = {{ {hosts} }}\nresolver = []\n"
            'controls = ["http://control.test/"]\n'
            "[replies]\ndays = 30\nsince = 2026-01-01\n",
        )
        self.write(
            "agencies.csv",
            "agency,name,kind,portal\na1,سازمان,main,http://a1.test/\na2,اداره,main,http://a2.test/\n",
        )
        self.write(
            "services.csv",
            "agency,service,title,electronic,url,level\n"
            "a1,s1,صدور پروانه کسب,yes,http://a1.test/s1,transaction\n"
            "a1,s2,تمدید پروانه کسب,yes,http://a1.test/s2,transaction\n"
            "a2,t1,گواهی اشتغال,yes,http://a2.test/t1,transaction\n",
        )

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence"

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def mend(self) -> None:
        self.site.answers["/s1"] = answer(MENDED)
        self.site.asked.clear()

    def govah(self, command: str, *arguments: str, language: str = "en", key: Path | None = None) -> Told:
        environment = {**os.environ, "GOVAH_KEY": str(key or self.key), "GOVAH_LANG": language}
        done = command_server.govah(command, self.folder, *arguments, env=environment)
        assert "Traceback" not in done.stderr, done.stderr
        return Told(done.returncode, done.stdout, done.stderr)

    def start(
        self, command: str, *arguments: str, language: str = "en", key: Path | None = None
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "govah", command, str(self.folder), *arguments],
            env={**os.environ, "GOVAH_KEY": str(key or self.key), "GOVAH_LANG": language},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def good(self, command: str, *arguments: str, **options: Any) -> Told:
        told = self.govah(command, *arguments, **options)
        assert told.status == 0, told.out + told.err
        return told

    def audited(self) -> Audit:
        self.good("run", "--jobs", "1")
        return self

    def findings(self, results: Path | None = None) -> dict[tuple[str, str], Any]:
        """By check and subject."""
        path = (results or self.results) / "findings.jsonl"
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {(row["check"], row["subject"]["id"]): row for row in rows}

    def ledger(self) -> list[dict[str, Any]]:
        path = self.folder / "replies.jsonl"
        return [json.loads(line)["entry"] for line in path.read_text(encoding="utf-8").splitlines()]

    def faults(self) -> list[tuple[str, str, str]]:
        told = self.govah("verify", "--json")
        found = [(fault["file"], fault["item"], fault["problem"]) for fault in told.json["faults"]]
        assert told.status == (4 if found else 0)
        return found
