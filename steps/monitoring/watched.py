"""Figures of a window that are tested against policy.yaml's limits."""

from collections.abc import Collection
from typing import Self

from steps.evaluation.report.document import Figures
from steps.monitoring.alarms import Alarm, Tested


class Watched(Figures):
    """Figures with tests; `alarmed` names those that raise an alarm, of all tests of the window together."""

    alarmed: tuple[str, ...] = ()

    @property
    def tested(self) -> list[Tested]:
        """What is tested, by names that no other section has."""
        raise NotImplementedError

    @property
    def alarms(self) -> list[Alarm]:
        """What a person has to act on: one for each of `alarmed`."""
        raise NotImplementedError

    def after(self, alarmed: Collection[str]) -> Self:
        """The same figures, once the tests of all sections are judged together (`steps.monitoring.alarms.alarming`)."""
        own = tuple(each.name for each in self.tested if each.name in alarmed)
        return self.model_copy(update={"alarmed": own})
