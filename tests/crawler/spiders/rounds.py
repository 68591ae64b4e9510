"""A round of two agencies on one loopback site."""

from __future__ import annotations

from pathlib import Path

from evidence.signing.keys import load_or_create
from govah.commands.init import write_example
from tests.crawler.conftest import Site


def written_round(folder: Path, site: Site) -> Path:
    """`a` and `b`; a service and a data set of `a`. Its key lies beside it."""
    load_or_create(folder / "key")
    made = folder / "round"
    write_example(made)
    (made / "round.toml").write_text(
        f"""
[round]
id = "t"
[crawl]
delay = 0
retry_after = 0.1
render = "never"
[network]
allow_private = true
resolver = []
hosts = {{ "a.test:80" = "{site.target}", "b.test:80" = "{site.target}" }}
""",
        encoding="utf-8",
    )
    for name, rows in {
        "agencies": "agency,name,kind,portal\na,آ,main,http://a.test/\nb,ب,main,http://b.test/\n",
        "services": "service,agency,title,electronic,url\ns,a,خدمت,yes,http://a.test/service\n",
        "datasets": "dataset,agency,title,url\nd,a,داده,http://a.test/data.csv\n",
    }.items():
        (made / f"{name}.csv").write_text(rows, encoding="utf-8")
    (made / "declarations.csv").unlink()
    return made
