"""User-centred (U01–U12), beside the entries of services, links and pages, which have packages of their own."""

from checks.case import Check
from checks.user.availability import ServiceAvailability
from checks.user.desk import DeskEntries
from checks.user.payment import ServicePayment
from checks.user.support import ServiceSupport
from checks.user.tracking import ServiceTracking

CHECKS: tuple[Check, ...] = (
    DeskEntries(),
    ServiceTracking(),
    ServiceSupport(),
    ServiceAvailability(),
    ServicePayment(),
)
