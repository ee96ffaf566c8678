"""What monitor found in a window, section by section, in the page's language."""

from collections.abc import Iterator

from desk.language.languages import Language
from desk.watch.blocks import Section
from desk.watch.drift_section import drift_section
from desk.watch.fairness_sections import fairness_section, people_section
from desk.watch.outcome_sections import outcome_sections
from steps.monitoring.report.report import MonitoringReport


def found(report: MonitoringReport, language: Language) -> Iterator[Section]:
    """The sections: what the loans cost first, then what moves the decisions, then who is granted."""
    yield from outcome_sections(report.outcomes, language)
    yield drift_section(report.effects, language)
    yield fairness_section(report.fairness, language)
    yield people_section(report.overridden, language)
