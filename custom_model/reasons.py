"""The principal reasons for a high risk, worded for a person.

Regulation B, 12 CFR 1002.9(b)(2) and its commentary: reasons must be specific, principal and actually
scored; more than four are unlikely to help.
"""

from math import isnan

import numpy as np
from typing_extensions import TypedDict  # pydantic's schema needs it before Python 3.12

from custom_model.scorecard import ReasonText

MAX_REASONS = 4

WORDS = {
    "amount": ("lower than usual", "higher than usual"),
    "days": ("longer ago than usual", "more recent than usual"),
    "age": ("higher than usual", "lower than usual"),
}


class Reason(TypedDict):
    """`contribution` is in log-odds: the sum over all features with this code."""

    code: str
    feature: str
    text: str
    contribution: float


class Explainer:
    """Turns a row's contributions into at most four reasons.

    Features that mean the same to a person share a code, as three external scores and their mean do:
    their contributions are summed, and the feature with the largest one words the reason.
    """

    def __init__(self, texts: dict[str, ReasonText]):
        self.names = list(texts)
        self.texts = list(texts.values())
        codes = sorted({text.code for text in self.texts})
        self.codes = codes
        self.code_of = np.array([codes.index(text.code) for text in self.texts], dtype=np.intp)

    def reasons(self, contributions: np.ndarray, values: np.ndarray) -> list[Reason]:
        """The reasons of one row, largest contribution first, from its (features,) contributions and values."""
        by_code = np.bincount(self.code_of, weights=contributions, minlength=len(self.codes))
        worst = np.argsort(-by_code, kind="stable")[:MAX_REASONS]
        return [self._reason(code, contributions, values, float(by_code[code])) for code in worst if by_code[code] > 0]

    def _reason(self, code: int, contributions: np.ndarray, values: np.ndarray, total: float) -> Reason:
        members = np.flatnonzero(self.code_of == code)
        feature = int(members[np.argmax(contributions[members])])
        text = self.texts[feature]
        return Reason(
            code=text.code,
            feature=self.names[feature],
            text=f"{text.text}: {_comparison(float(values[feature]), text)}",
            contribution=total,
        )


def _comparison(value: float, reference: ReasonText) -> str:
    """The value compared with the typical one; days and age are negative, so lower is longer ago."""
    if isnan(value):
        return "not known"
    if reference.typical is None:
        return "of a kind with more defaults"
    if reference.scale == "flag":
        return "yes" if value else "no"
    if value == reference.typical:
        return "as for most clients, but unfavourable together with the rest"
    return WORDS[reference.scale][value > reference.typical]
