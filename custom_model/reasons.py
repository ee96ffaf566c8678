"""The principal reasons for a high risk, worded for a person.

Regulation B, 12 CFR 1002.9(b)(2) and its commentary: reasons must be specific, principal and actually
scored; more than four are unlikely to help.
"""

from collections.abc import Collection, Sequence
from math import inf, nan

import numpy as np
from typing_extensions import TypedDict  # pydantic's schema needs it before Python 3.12

from custom_model.scorecard import ReasonText

MAX_REASONS = 4


class Reason(TypedDict):
    """One matter that raised the risk, in a sentence for the client.

    Attributes
    ----------
    code : str
        Topic of the reason, such as EXTERNAL_SCORE; no two reasons share one.
    feature : str
        Feature of the topic that raised the risk most and words the reason.
    text : str
        Sentence for the client: it has no value of the client and no name of a field.
    contribution : float
        Rise of the log-odds of a default by the features of this topic; larger is worse.
    """

    code: str
    feature: str
    text: str
    contribution: float


class Contribution(TypedDict):
    """What the features of one topic contribute to a decision.

    Attributes
    ----------
    code : str
        The topic, such as EXTERNAL_SCORE.
    contribution : float
        To the calibrated log-odds of a default; positive raises the risk.
    """

    code: str
    contribution: float


class Explanation(TypedDict):
    """Where a probability of default comes from: the average client, and what each topic changes.

    Attributes
    ----------
    expected_log_odds : float
        Calibrated log-odds of the average training client.
    topics : list of Contribution
        Of all topics that change anything, largest change first. With `expected_log_odds` they add up to the
        log-odds of the probability: ln(p / (1 - p)).
    """

    expected_log_odds: float
    topics: list[Contribution]


class Explainer:
    """Turns a row's contributions into at most four reasons, or into those of all topics.

    Features of one topic share a code, as three external scores and their mean do: their contributions are summed,
    and the feature with the largest one words the reason. A rise without a sentence, such as that of a missing
    score, counts for no reason: it neither takes a place nor lends weight to another.
    """

    def __init__(self, texts: dict[str, ReasonText]):
        self.names = list(texts)
        self.texts = list(texts.values())
        codes = sorted({text.code for text in self.texts})
        self.codes = codes
        self.code_of = np.array([codes.index(text.code) for text in self.texts], dtype=np.intp)
        self._ordered = np.argsort(self.code_of, kind="stable")  # the features of a code beside each other
        self._starts = np.searchsorted(self.code_of[self._ordered], np.arange(len(codes)))
        # Most features have sentences by direction alone: as vectors they cost a tenth of one call of `sentence` each.
        self._below = np.array([nan if text.below is None else text.below for text in self.texts])
        self._above = np.array([nan if text.above is None else text.above for text in self.texts])
        self._low = np.array([bool(text.low) for text in self.texts])
        self._high = np.array([bool(text.high) for text in self.texts])
        self._missing = np.array([bool(text.missing) for text in self.texts])
        self._by_value = np.flatnonzero([bool(text.values or text.other) for text in self.texts])

    def reasons(self, contributions: np.ndarray, values: np.ndarray, unknown: Collection[str] = ()) -> list[Reason]:
        """The reasons of one row, largest contribution first.

        Parameters
        ----------
        contributions, values : numpy.ndarray
            Of shape (features,): contributions to the log-odds, and the features' values.
        unknown : collection of str
            Features that are not missing but have a category never seen in training: they have no sentence.
        """
        (reasons,) = self.reasons_of_rows(contributions[None], values[None], [unknown])
        return reasons

    def reasons_of_rows(
        self, contributions: np.ndarray, values: np.ndarray, unknown: Sequence[Collection[str]]
    ) -> list[list[Reason]]:
        """The reasons of each row of (rows, features) contributions and values, as `reasons` gives them."""
        is_stated = (contributions > 0) & self._has_sentence(values)
        for row, names in enumerate(unknown):
            if names:
                is_stated[row] &= ~np.isin(self.names, list(names))
        by_code = self._by_code(np.where(is_stated, contributions, np.minimum(contributions, 0.0)))
        worst = np.argsort(-by_code, axis=1, kind="stable")[:, :MAX_REASONS]
        totals = np.take_along_axis(by_code, worst, axis=1)
        risen = np.take_along_axis(self._risen_most(np.where(is_stated, contributions, -inf)), worst, axis=1)
        stated = np.take_along_axis(values, risen, axis=1)
        found = zip(worst.tolist(), risen.tolist(), stated.tolist(), totals.tolist(), strict=True)
        return [[self._reason(*each) for each in zip(*row, strict=True) if each[-1] > 0] for row in found]

    def _risen_most(self, rises: np.ndarray) -> np.ndarray:
        """(rows, codes) the feature of each code with the largest of (rows, features) rises, the first of equals."""
        ordered = rises[:, self._ordered]
        most = np.maximum.reduceat(ordered, self._starts, axis=1)
        features = np.where(ordered == most[:, self.code_of[self._ordered]], self._ordered, len(self.names))
        return np.minimum.reduceat(features, self._starts, axis=1)

    def topics(self, contributions: np.ndarray) -> list[Contribution]:
        """The contribution of each topic that has one, with a sentence or not, largest change first."""
        (by_code,) = self._by_code(contributions[None])
        return [
            Contribution(code=self.codes[code], contribution=float(by_code[code]))
            for code in np.argsort(-np.abs(by_code), kind="stable")
            if by_code[code]
        ]

    def risen(self, contributions: np.ndarray) -> list[str]:
        """The codes of the topics that raised the risk, with a sentence or not, largest contribution first."""
        (by_code,) = self._by_code(contributions[None])
        return [self.codes[code] for code in np.argsort(-by_code, kind="stable") if by_code[code] > 0]

    def _by_code(self, contributions: np.ndarray) -> np.ndarray:
        """(rows, codes) sums of (rows, features), each in the features' order: the same bits in any batch."""
        rows, codes = len(contributions), len(self.codes)
        places = (codes * np.arange(rows)[:, None] + self.code_of).ravel()
        return np.bincount(places, weights=contributions.ravel(), minlength=rows * codes).reshape(rows, codes)

    def _has_sentence(self, values: np.ndarray) -> np.ndarray:
        """(rows, features) whether each value has a sentence."""
        by_direction = ((values < self._below) & self._low) | ((values > self._above) & self._high)
        has = np.where(np.isnan(values), self._missing, by_direction)
        for feature in self._by_value.tolist():
            sentence = self.texts[feature].sentence
            if len(values) == 1:
                has[0, feature] = bool(sentence(float(values[0, feature])))
            else:
                distinct, places = np.unique(values[:, feature], return_inverse=True)  # few; NaN is one of them
                has[:, feature] = np.array([bool(sentence(value)) for value in distinct.tolist()], bool)[places]
        return has

    def _reason(self, code: int, feature: int, value: float, total: float) -> Reason:
        return Reason(
            code=self.codes[code],
            feature=self.names[feature],
            text=self.texts[feature].sentence(value),
            contribution=total,
        )
