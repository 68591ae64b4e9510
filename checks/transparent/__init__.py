"""Transparency (T01–T10) as far as sections of the portal show it. Datasets have their own package."""

from checks.case import Check
from checks.transparent.access import FoiOfficer, FoiStatistics
from checks.transparent.access_system import FoiSystem
from checks.transparent.card_fields import CardFields
from checks.transparent.documents import PublishedDocuments
from checks.transparent.managers import ManagerContacts
from checks.transparent.newest import NewestInSections
from checks.transparent.open_data import ListedDownloads
from checks.transparent.privacy import PrivacyBehaviour
from checks.transparent.privacy_statement import PrivacyStatement
from checks.transparent.service_levels import ServiceLevelTimes

CHECKS: tuple[Check, ...] = (
    CardFields(),
    ServiceLevelTimes(),
    FoiSystem(),
    FoiOfficer(),
    FoiStatistics(),
    PublishedDocuments(),
    ManagerContacts(),
    ListedDownloads(),
    PrivacyStatement(),
    PrivacyBehaviour(),
    NewestInSections(),
)
