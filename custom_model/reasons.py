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
        self._place = {name: place for place, name in enumerate(self.names)}
        self._features_of = [np.flatnonzero(self.code_of == code) for code in range(len(codes))]
        # As vectors they cost a fiftieth of one call of `sentence` each.
        bounds = np.array([_bounds(text) for text in self.texts]).reshape(-1, 2)
        self._below, self._above = np.ascontiguousarray(bounds.T)
        self._missing = np.array([bool(text.missing) for text in self.texts])
        single = [(place, *each) for place, text in enumerate(self.texts) for each in text.values.items()]
        self._single_of = np.array([place for place, _, _ in single], np.intp)
        self._single_value = np.array([value for _, value, _ in single])
        self._single_has = np.array([bool(sentence) for _, _, sentence in single])

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
        is_stated = self._has_sentence(values)
        for row, names in enumerate(unknown):
            if names:
                is_stated[row, [self._place[name] for name in names if name in self._place]] = False
        changes = np.where(is_stated, contributions, np.minimum(contributions, 0.0))
        by_code = self._by_code(changes)
        worst = (-by_code).argsort(axis=1, kind="stable")[:, :MAX_REASONS].tolist()
        return [
            [self._reason(code, *each) for code in codes if each[0][code] > 0]
            for codes, *each in zip(worst, by_code, changes, values, strict=True)
        ]

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
        sums = [np.bincount(self.code_of, row, len(self.codes)) for row in contributions]
        return np.array(sums).reshape(len(contributions), len(self.codes))

    def _has_sentence(self, values: np.ndarray) -> np.ndarray:
        """(rows, features) whether each value has a sentence."""
        has = (values < self._below) | (values > self._above) | (np.isnan(values) & self._missing)
        rows, places = np.nonzero(values.take(self._single_of, axis=1) == self._single_value)
        has[rows, self._single_of[places]] = self._single_has[places]
        return has

    def _reason(self, code: int, by_code: np.ndarray, changes: np.ndarray, values: np.ndarray) -> Reason:
        """The reason of a code that raised the risk, worded by its feature with the largest rise."""
        features = self._features_of[code]
        feature = features.item(changes.take(features).argmax())
        return Reason(
            code=self.codes[code],
            feature=self.names[feature],
            text=self.texts[feature].sentence(values.item(feature)),
            contribution=by_code.item(code),
        )


def _bounds(text: ReasonText) -> tuple[float, float]:
    """Below and above which a value has a sentence, if it is neither missing nor a single one; NaN where none has."""
    if text.below is None or text.above is None:
        return (inf, -inf) if text.other else (nan, nan)
    return text.below if text.low else nan, text.above if text.high else nan
