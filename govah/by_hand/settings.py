"""Settings of `scrapy` by hand, in the folder of the project or of a round (`scrapy.cfg` names this module).

GOVAH_ROUND: the round whose settings and claims are taken. GOVAH_ARCHIVE: a round from whose evidence `scrapy shell` is
answered, instead of the network. GOVAH_AGENCY: at which agency a shell or a contract asks; default: the one whose host it is.
"""

from crawler.engine.settings import *  # noqa: F403  (Scrapy's way: a module of settings)
from govah.by_hand.trial import modules_of_round

GOVAH_ROUND = "."
GOVAH_ARCHIVE = ""
GOVAH_AGENCY = ""

BOT_NAME = "govah"
SPIDER_MODULES = ["crawler.spiders", *modules_of_round()]
COMMANDS_MODULE = "govah.by_hand.commands"
SCHEDULER = "govah.by_hand.trial.TrialScheduler"
DOWNLOAD_HANDLERS = dict.fromkeys(("http", "https"), "govah.by_hand.trial.TrialHandler") | dict.fromkeys(
    ("data", "file", "ftp", "s3")
)
LOG_ENABLED = True
LOG_LEVEL = "WARNING"
