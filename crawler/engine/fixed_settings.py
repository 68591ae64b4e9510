"""Which settings a spider of somebody else has no say in."""

from __future__ import annotations

from scrapy.settings import BaseSettings

from crawler.engine.settings import RULES


def fix_settings(settings: BaseSettings, ours: BaseSettings) -> None:
    """Gives settings what ours say, over whatever a spider or an add-on says of itself."""
    for name in RULES:
        settings.set(name, ours[name], priority="cmdline")
