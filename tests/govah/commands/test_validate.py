"""`govah validate` as a user calls it, on rounds that cannot be crawled for one reason each."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.govah.test_cli import govah

pytestmark = [pytest.mark.processes, pytest.mark.sockets]


@pytest.fixture(scope="module")
def control() -> Iterator[int]:
    """A server that answers. The portals of these rounds are asked for nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield listening.server_port
    listening.shutdown()
    listening.server_close()


def written(folder: Path, control: int, *, private: bool = True, portal: str = "www.sample.test") -> Path:
    folder.mkdir()
    (folder / "round.toml").write_text(
        f"""[round]
id = "sample"
[crawl]
render = "never"
[network]
allow_private = {str(private).lower()}
controls = ["http://control.test/"]
resolver = "127.0.0.1:9"
hosts = {{ "www.sample.test" = "127.0.0.1", "control.test" = "127.0.0.1:{control}" }}
""",
        encoding="utf-8",
    )
    (folder / "agencies.csv").write_text(
        f"agency,name,kind,portal\nsample,دستگاه نمونه,main,https://{portal}/\n", encoding="utf-8"
    )
    (folder / "services.csv").write_text(
        "agency,service,title,url,electronic\nsample,s1,خدمت نمونه,https://www.sample.test/s1,yes\n",
        encoding="utf-8",
    )
    return folder


def told(folder: Path, home: Path, status: int) -> dict[str, Any]:
    said = json.loads(govah("validate", folder, "--json", home=home, status=status).stdout)
    return {**said, "items": {item["name"]: item for item in said["items"]}}


def test_a_round_that_can_be_crawled(tmp_path: Path, control: int) -> None:
    said = told(written(tmp_path / "round", control), tmp_path, 0)
    assert said["valid"] and said["hosts"] == []
    states = {name: item["state"] for name, item in said["items"].items()}
    assert states == {
        "sheets": "ok",
        "model": "ok",
        "names": "ok",
        "controls": "ok",
        "resolver": "missing",
        "key": "missing",
    }
    assert not (tmp_path / "round" / "evidence").exists()


def test_a_private_address_is_named_as_the_cause(tmp_path: Path, control: int) -> None:
    folder = written(tmp_path / "round", control, private=False)
    said = told(folder, tmp_path, 2)
    assert said["hosts"] == [
        {"host": "www.sample.test", "port": 443, "failure": "private_address", "agencies": ["sample"]}
    ]
    assert "allow_private" in said["items"]["names"]["advice"]
    assert "allow_private" in govah("validate", folder, home=tmp_path, status=2).stdout


def test_a_name_that_does_not_exist_is_a_warning(tmp_path: Path, control: int) -> None:
    said = told(written(tmp_path / "round", control, portal="www.mistyped.test"), tmp_path, 0)
    assert said["items"]["names"]["state"] == "missing"
    assert [one["failure"] for one in said["hosts"]] == ["dns"]


def test_silent_controls_are_wrong(tmp_path: Path) -> None:
    said = told(written(tmp_path / "round", 9), tmp_path, 2)
    assert said["items"]["controls"]["state"] == "wrong"


def test_a_round_that_cannot_be_read_says_all_its_problems(tmp_path: Path, control: int) -> None:
    folder = written(tmp_path / "round", control)
    (folder / "services.csv").write_text(
        "agency,service,title,electronic\nnobody,s1,خدمت,perhaps\n", encoding="utf-8"
    )
    said = json.loads(govah("validate", folder, "--json", home=tmp_path, status=2).stdout)
    assert {problem["column"] for problem in said["problems"]} == {"agency", "electronic"}
