"""Participation (P01–P06) as far as the portal shows it."""

from checks.case import Check
from checks.participatory.channels import ChannelAnswers, ChannelsNewest
from checks.participatory.complaints import ComplaintsCode, ComplaintsDeadline
from checks.participatory.consultations import OpenConsultations
from checks.participatory.outcomes import ConsultationOutcomes
from checks.participatory.strategy import ParticipationStrategy
from checks.participatory.survey_results import SurveyResults
from checks.participatory.surveys import ServiceSurvey

CHECKS: tuple[Check, ...] = (
    ParticipationStrategy(),
    OpenConsultations(),
    ConsultationOutcomes(),
    ServiceSurvey(),
    SurveyResults(),
    ComplaintsDeadline(),
    ComplaintsCode(),
    ChannelAnswers(),
    ChannelsNewest(),
)
