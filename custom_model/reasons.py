"""Why a client's risk is high: the principal reasons, worded for a person.

Regulation B, 12 CFR 1002.9(b)(2) and its commentary: reasons must be specific, principal, actually
scored, and no more than four are expected to help.
"""

from math import isnan

import numpy as np
from typing_extensions import TypedDict  # pydantic, which writes its schema, takes typing's from 3.12 on

from custom_model.scorecard import ReasonText

MOST_REASONS = 4

WORDS = {
    "amount": ("lower than usual", "higher than usual"),
    "days": ("longer ago than usual", "more recent than usual"),
    "age": ("higher than usual", "lower than usual"),
}


class Reason(TypedDict):
    """`contribution` is in log-odds: all that the features of this code added to the risk."""

    code: str
    feature: str
    text: str
    contribution: float


class Explainer:
    """Turns a row's contributions into at most four reasons.

    Features that say the same thing to a person share a code (three external scores and their mean,
    say): their contributions are added up, and the largest of them speaks for all.
    """

    def __init__(self, texts: dict[str, ReasonText]):
        self.names = list(texts)
        self.texts = list(texts.values())
        codes = sorted({text.code for text in self.texts})
        self.codes = codes
        self.code_of = np.array([codes.index(text.code) for text in self.texts], dtype=np.intp)

    def reasons(self, contributions: np.ndarray, values: np.ndarray) -> list[Reason]:
        """The reasons of one row, most harmful first, from its (features,) contributions and values."""
        by_code = np.bincount(self.code_of, weights=contributions, minlength=len(self.codes))
        worst = np.argsort(-by_code, kind="stable")[:MOST_REASONS]
        return [self._reason(code, contributions, values, float(by_code[code])) for code in worst if by_code[code] > 0]

    def _reason(self, code: int, contributions: np.ndarray, values: np.ndarray, total: float) -> Reason:
        members = np.flatnonzero(self.code_of == code)
        feature = int(members[np.argmax(contributions[members])])
        text = self.texts[feature]
        return Reason(
            code=text.code,
            feature=self.names[feature],
            text=f"{text.text}: {_compared(float(values[feature]), text)}",
            contribution=total,
        )


def _compared(value: float, known: ReasonText) -> str:
    """The value beside what is typical; days and age are negative, so the lower is the longer ago."""
    if isnan(value):
        return "not known"
    if known.typical is None:
        return "of a kind with more defaults"
    if known.scale == "flag":
        return "yes" if value else "no"
    if value == known.typical:
        return "as for most clients, but unfavourable together with the rest"
    return WORDS[known.scale][value > known.typical]
