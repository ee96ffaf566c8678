"""The principal reasons for a high risk, worded for a person.

Regulation B, 12 CFR 1002.9(b)(2) and its commentary: reasons must be specific, principal and actually
scored; more than four are unlikely to help.
"""

from collections.abc import Collection

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
        Sentence that can be told to the client: it has no value of the client and no name of a field.
    contribution : float
        Rise of the log-odds of a default by the features of this topic; larger is worse.
    """

    code: str
    feature: str
    text: str
    contribution: float


class Explainer:
    """Turns a row's contributions into at most four reasons.

    Features of one topic share a code, as three external scores and their mean do: their contributions are summed,
    and the feature with the largest one words the reason. A rise that cannot be told to the client, such as that of
    a missing score, counts for no reason: it neither takes a place nor lends weight to what can be told.
    """

    def __init__(self, texts: dict[str, ReasonText]):
        self.names = list(texts)
        self.texts = list(texts.values())
        codes = sorted({text.code for text in self.texts})
        self.codes = codes
        self.code_of = np.array([codes.index(text.code) for text in self.texts], dtype=np.intp)

    def reasons(self, contributions: np.ndarray, values: np.ndarray, unknown: Collection[str] = ()) -> list[Reason]:
        """The reasons of one row, largest contribution first.

        Parameters
        ----------
        contributions, values : numpy.ndarray
            Of shape (features,): contributions to the log-odds, and the features' values.
        unknown : collection of str
            Features that are not missing but have a category never seen in training: nothing can be told of them.
        """
        sentences = self._sentences(contributions, values, unknown)
        told = list(sentences)
        counted = np.minimum(contributions, 0.0)
        counted[told] = contributions[told]
        by_code = self._by_code(counted)
        worst = np.argsort(-by_code, kind="stable")[:MAX_REASONS]
        return [
            self._reason(code, contributions, sentences, float(by_code[code])) for code in worst if by_code[code] > 0
        ]

    def risen(self, contributions: np.ndarray) -> list[str]:
        """The codes of the topics that raised the risk, told or not, largest contribution first."""
        by_code = self._by_code(contributions)
        return [self.codes[code] for code in np.argsort(-by_code, kind="stable") if by_code[code] > 0]

    def _by_code(self, contributions: np.ndarray) -> np.ndarray:
        return np.bincount(self.code_of, weights=contributions, minlength=len(self.codes))

    def _sentences(self, contributions: np.ndarray, values: np.ndarray, unknown: Collection[str]) -> dict[int, str]:
        """The sentences of the features that raised the risk and can be told, by their position."""
        sentences = {}
        for feature in np.flatnonzero(contributions > 0).tolist():
            sentence = "" if self.names[feature] in unknown else self.texts[feature].sentence(float(values[feature]))
            if sentence:
                sentences[feature] = sentence
        return sentences

    def _reason(self, code: int, contributions: np.ndarray, sentences: dict[int, str], total: float) -> Reason:
        members = [feature for feature in sentences if self.code_of[feature] == code]
        feature = max(members, key=lambda member: contributions[member])
        return Reason(code=self.codes[code], feature=self.names[feature], text=sentences[feature], contribution=total)
