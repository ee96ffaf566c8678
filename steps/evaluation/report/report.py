"""The whole report: its sections in their order."""

from collections.abc import Iterator

from steps.evaluation.report import drivers, omissions, price, swap_set
from steps.evaluation.report.calibration import Calibration
from steps.evaluation.report.discrimination import Discrimination
from steps.evaluation.report.document import Figures, LeftOut, Paragraph, Section, Shown
from steps.evaluation.report.drivers import Drivers
from steps.evaluation.report.facts import Facts
from steps.evaluation.report.fairness import Fairness
from steps.evaluation.report.omissions import Omissions
from steps.evaluation.report.price import Price
from steps.evaluation.report.segments import Segments
from steps.evaluation.report.stability import Stability
from steps.evaluation.report.swap_set import AgainstChampion
from steps.evaluation.report.threshold_curve import ThresholdCurve

TITLES = {
    "champion": swap_set.TITLE,
    "drivers": drivers.TITLE,
    "price": price.TITLE,
    "omissions": omissions.TITLE,
}


class Report(Figures):
    """All figures of the report; the page shows these and no others.

    `form` counts the versions of this document's form.
    """

    form: int = 1
    facts: Facts
    discrimination: Discrimination
    calibration: Calibration
    threshold: ThresholdCurve
    champion: AgainstChampion | LeftOut
    segments: Segments
    drivers: Drivers | LeftOut
    stability: Stability
    fairness: Fairness
    price: Price | LeftOut
    omissions: Omissions | LeftOut

    def shown(self) -> Iterator[Shown]:
        """The sections as the page shows them; one that was left out says why."""
        sections: dict[str, Section | LeftOut] = {
            "discrimination": self.discrimination,
            "calibration": self.calibration,
            "threshold": self.threshold,
            "champion": self.champion,
            "segments": self.segments,
            "fairness": self.fairness,
            "price": self.price,
            "drivers": self.drivers,
            "stability": self.stability,
            "omissions": self.omissions,
            "facts": self.facts,
        }
        for name, section in sections.items():
            if isinstance(section, LeftOut):
                yield Shown(TITLES[name], [Paragraph(section.left_out)])
            else:
                yield section.shown()
