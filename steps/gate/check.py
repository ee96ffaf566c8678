"""A check of the gate, and the verdict that all of them make."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from steps.run.markdown import short_table
from steps.run.printable import printable

GO_BACK = (
    "go back to an earlier champion (`mlflow run . -e rollback --env-manager local`), "
    "or overrule this with -P force=REASON"
)


@dataclass(frozen=True)
class Check:
    """One condition of the gate, in words.

    Attributes
    ----------
    name
        What is checked.
    passed
        Whether the candidate meets it.
    found, allowed, sure
        The figure with its interval; the bound, and what must lie within it; how sure that is, or why it cannot be
        told. Empty: nothing to say.
    advice
        What to do where it fails.
    """

    name: str
    passed: bool
    found: str
    allowed: str = ""
    sure: str = ""
    advice: str = ""

    @property
    def finding(self) -> str:
        """Found, allowed and how sure, in one line: names of fields and groups are of the data, and may be anything."""
        bounded = f"{self.found}, {self.allowed}" if self.allowed else self.found
        return printable(f"{bounded}; {self.sure}" if self.sure else bounded)

    @property
    def lines(self) -> list[str]:
        """The check for the console; a failed one with what to do."""
        if self.passed:
            return [f"passed: {self.name}: {self.finding}"]
        return [f"FAILED: {self.name}: {self.finding}", *([f"        to do: {self.advice}"] if self.advice else [])]


@dataclass(frozen=True)
class Verdict:
    """All checks of a candidate, and the figures behind them as metrics of the run.

    Attributes
    ----------
    checks
        In the order in which they are reported.
    metrics
        `candidate_...` and `champion_...` figures of quality, and of each check, by metric name.
    left_out
        Checks that could not be asked, and why, each in words.
    """

    checks: tuple[Check, ...]
    metrics: dict[str, float]
    left_out: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def joined(self, other: Self) -> Self:
        """This verdict and another on the same candidate."""
        return replace(
            self,
            checks=self.checks + other.checks,
            metrics=self.metrics | other.metrics,
            left_out=self.left_out + other.left_out,
        )

    @property
    def lines(self) -> list[str]:
        """The verdict for the console."""
        return [*(line for check in self.checks for line in check.lines), *self._left_out()]

    @property
    def markdown(self) -> str:
        """The verdict as a table, and below it what was left out."""
        rows = [
            _cells(
                "passed" if check.passed else "**failed**",
                *(check.name, check.found, check.allowed, check.sure),
                "" if check.passed else check.advice,
            )
            for check in self.checks
        ]
        table = short_table(["", "check", "found", "allowed", "how sure", "what to do"], rows)
        return "\n\n".join([table, *self._left_out()])

    @property
    def records(self) -> list[dict[str, Any]]:
        """The checks for a JSON file."""
        return [{**asdict(check), "finding": check.finding} for check in self.checks]

    def _left_out(self) -> list[str]:
        return [f"left out: {each}" for each in self.left_out]


def signed(value: float) -> str:
    """A difference with its sign and four decimals; what rounds to zero is +0.0000."""
    return f"{round(value, 4) + 0.0:+.4f}"


def _cells(*texts: str) -> list[str]:
    """Texts for a Markdown table: a | or a newline in a name of the data would end the cell."""
    return [printable(text).replace("|", "\\|") for text in texts]


def verdict_of(checks: Iterable[Check | None], metrics: dict[str, float], left_out: Iterable[str] = ()) -> Verdict:
    """The verdict of those checks that could be asked."""
    return Verdict(tuple(check for check in checks if check is not None), metrics, tuple(left_out))
