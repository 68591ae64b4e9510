"""Smart (S01–S09) as far as the services show it. Hosts have their own package."""

from checks.case import Check
from checks.smart.domain import OfficialDomain
from checks.smart.headers import HostHeaders
from checks.smart.login import ServiceLogin
from checks.smart.parallel import ParallelEntries
from checks.smart.uploads import RegisterUploads
from checks.smart.window import NationalWindow

CHECKS: tuple[Check, ...] = (
    NationalWindow(),
    ServiceLogin(),
    RegisterUploads(),
    ParallelEntries(),
    OfficialDomain(),
    HostHeaders(),
)
