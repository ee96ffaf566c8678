"""What the decisions of a portfolio, or of a part of it, add up to."""

from collections import Counter
from collections.abc import Iterable
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

MOST_PROBLEMS = 100  # kinds of problems that are counted by themselves
OTHERS = "other problems"


class Totals(BaseModel):
    """Counts of decisions.

    Attributes
    ----------
    granted, refused, referred, undecided : int
        Applications by decision; undecided: they break the contract.
    probability : float
        Sum of the probabilities of default of those decided.
    history : dict of str to int
        Decisions by where the client's past loans came from: "request" (the data), "store" or "none".
    problems : dict of str to int
        Applications without a decision by field and problem; one may have several.
    """

    model_config = ConfigDict(extra="forbid")

    granted: int = 0
    refused: int = 0
    referred: int = 0
    undecided: int = 0
    probability: float = 0.0
    history: dict[str, int] = {}
    problems: dict[str, int] = {}

    @property
    def decided(self) -> int:
        return self.granted + self.refused + self.referred

    @property
    def rows(self) -> int:
        return self.decided + self.undecided

    @classmethod
    def of(cls, answer: pa.RecordBatch) -> Self:
        """Of a batch with the columns of an answer."""
        counts = _counts(answer["decision"])
        undecided = answer.filter(pc.is_null(answer["decision"]))
        problems = Counter(
            f"{each['field']}: {each['problem']}" if each["field"] else each["problem"]
            for row in undecided["problems"].to_pylist()
            for each in row or ()
        )
        return cls(
            granted=counts["granted"],
            refused=counts["refused"],
            referred=counts["referred"],
            undecided=len(undecided),
            probability=pc.sum(answer["probability_of_default"]).as_py() or 0.0,
            history=dict(sorted(_counts(answer["history"].drop_null()).items())),
            problems=_first(problems),
        )

    @classmethod
    def added(cls, parts: Iterable[Self]) -> Self:
        """Of all parts together, in their order, so that the same parts give the same bits."""
        totals, problems, history = cls(), Counter[str](), Counter[str]()
        for part in parts:
            problems.update(part.problems)
            history.update(part.history)
            totals = cls(
                granted=totals.granted + part.granted,
                refused=totals.refused + part.refused,
                referred=totals.referred + part.referred,
                undecided=totals.undecided + part.undecided,
                probability=totals.probability + part.probability,
            )
        return totals.model_copy(update={"problems": _first(problems), "history": dict(sorted(history.items()))})


def _counts(column: pa.Array) -> Counter[str]:
    return Counter({each["values"]: each["counts"] for each in pc.value_counts(column).to_pylist()})


def _first(problems: Counter[str]) -> dict[str, int]:
    """The most frequent problems, and how many others there are."""
    others = problems.pop(OTHERS, 0)
    first = dict(sorted(problems.most_common(MOST_PROBLEMS), key=lambda each: (-each[1], each[0])))
    others += problems.total() - sum(first.values())
    return {**first, OTHERS: others} if others else first
