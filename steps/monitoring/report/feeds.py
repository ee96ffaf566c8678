"""Broken feeds of a window, as the report has them."""

from steps.evaluation.report.document import Block, Figures, Paragraph, Shown
from steps.monitoring.alarms import Alarm
from steps.run.console import counted


class Feeds(Figures):
    """What is broken, each with what to do, and what else asks for attention; `is_tested`: of enough requests."""

    requests: int
    is_tested: bool
    broken: list[Alarm]
    notes: list[str]

    @property
    def alarms(self) -> list[Alarm]:
        return self.broken

    def shown(self) -> Shown:
        blocks: list[Block] = [Paragraph(f"{each.sentence}: {each.action}.", is_warning=True) for each in self.broken]
        if not self.is_tested:
            blocks.append(
                Paragraph(f"{counted(self.requests, 'request')} on record are too few to tell a broken feed.")
            )
        elif not self.broken:
            blocks.append(
                Paragraph(
                    "No field is newly constant or missing in every request, no history table empty, none in another "
                    "unit, and no file came twice."
                )
            )
        return Shown("Feeds", [*blocks, *(Paragraph(f"{each}.", is_warning=True) for each in self.notes)])
