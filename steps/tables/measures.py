"""Measures: the unit and the bounds of a column, and of what recipes compute from it."""

from typing import NamedTuple


class Measure(NamedTuple):
    """What a number counts, and the bounds of what it can be.

    Parameters
    ----------
    unit : str
        Such as "days" or "amount of money"; empty for a pure number.
    lowest, highest : float or None
        Both included; None: no bound.
    """

    unit: str = ""
    lowest: float | None = None
    highest: float | None = None

    def total(self) -> "Measure":
        """The measure of a sum over any number of rows: a bound of 0 remains, since sums of one sign keep it."""
        not_negative = self.lowest is not None and self.lowest >= 0
        not_positive = self.highest is not None and self.highest <= 0
        return Measure(self.unit, 0.0 if not_negative else None, 0.0 if not_positive else None)

    def ratio(self) -> "Measure":
        """The measure of a value divided by a positive value of the same column."""
        return self.total()._replace(unit="ratio")


COUNT = Measure("count", 0.0)
FLAG = Measure("1 yes, 0 no", 0.0, 1.0)
SHARE = Measure("share, 0 to 1", 0.0, 1.0)
