"""Participation (P01–P06) as far as the portal shows it."""

from checks.case import Check
from checks.participatory.complaints import ComplaintsCode, ComplaintsDeadline
from checks.participatory.consultations import OpenConsultations
from checks.participatory.outcomes import ConsultationOutcomes

CHECKS: tuple[Check, ...] = (
    OpenConsultations(),
    ConsultationOutcomes(),
    ComplaintsDeadline(),
    ComplaintsCode(),
)
