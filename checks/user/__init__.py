"""User-centred (U01–U12), beside the entries of services, links and pages, which have packages of their own."""

from checks.case import Check
from checks.user.accessibility import PagesAccessibility
from checks.user.availability import ServiceAvailability
from checks.user.desk import DeskEntries
from checks.user.language import LanguageServices, SecondLanguage
from checks.user.markup import PagesMarkup
from checks.user.mobile import PagesMobile
from checks.user.payment import ServicePayment
from checks.user.search import SearchTitles
from checks.user.sitemap import SitemapMenu
from checks.user.support import ServiceSupport
from checks.user.tracking import ServiceTracking

CHECKS: tuple[Check, ...] = (
    PagesMobile(),
    PagesAccessibility(),
    PagesMarkup(),
    DeskEntries(),
    ServiceTracking(),
    ServiceSupport(),
    ServiceAvailability(),
    ServicePayment(),
    SitemapMenu(),
    SearchTitles(),
    SecondLanguage(),
    LanguageServices(),
)
