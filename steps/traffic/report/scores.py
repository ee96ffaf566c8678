"""Score against score: the probabilities on record beside the candidate's."""

import numpy as np

from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Figures, Paragraph, Picture, Shown, Table, number, share, signed

BANDS = 10
PICTURE = "scores"


class Band(Figures):
    """A tenth of the requests by their probability on record: means, and shares granted."""

    requests: int
    then: float
    now: float
    granted_then: float
    granted_now: float


class Scores(Figures):
    """All requests that the candidate decides.

    `same` have the same probability bit for bit; `correlation` is of ranks (Spearman), null where either is constant.
    `distance` has the median and the 95th percentile of the difference without its sign.
    """

    requests: int
    same: int
    mean_then: float | None
    mean_now: float | None
    correlation: float | None
    distance: tuple[float, float] | None
    bands: list[Band]

    def shown(self) -> Shown:
        if not self.requests:
            return Shown("Scores", [Paragraph("The candidate decides none of the requests.")])
        median, far = self.distance or (0.0, 0.0)
        text = (
            f"The mean probability of default is {number(self.mean_then)} on record and {number(self.mean_now)} now. "
            f"{share(self.same / self.requests)} of the requests have the same one bit for bit; the ranks correlate by "
            f"{number(self.correlation, 3)}; half differ by at most {median:.4f}, 95 % by at most {far:.4f}."
        )
        rows = [
            [f"{row}", f"{each.requests:,}", share(each.then), share(each.now), signed(each.now - each.then),
             share(each.granted_then), share(each.granted_now)]
            for row, each in enumerate(self.bands, 1)
        ]  # fmt: skip
        header = ["tenth", "requests", "mean then", "mean now", "difference", "granted then", "granted now"]
        picture = Picture(
            PICTURE,
            "The probability of each request now against that on record",
            "Requests by both probabilities, on scales of log-odds; the lines are the thresholds. Lower right and "
            "upper left are the swap set.",
        )
        return Shown("Scores", [Paragraph(text), Table("By tenth of the probability on record", header, rows), picture])


def scores(then: np.ndarray, now: np.ndarray, granted_then: np.ndarray, granted_now: np.ndarray) -> Scores:
    """Compare (requests,) probabilities; tenths of fewer than `SMALLEST_GROUP` requests each are not shown."""
    count = len(then)
    bands = []
    if count >= BANDS * SMALLEST_GROUP:
        for rows in np.array_split(np.argsort(then, kind="stable"), BANDS):
            means = [float(each[rows].mean()) for each in (then, now, granted_then, granted_now)]
            bands.append(
                Band(requests=len(rows), then=means[0], now=means[1], granted_then=means[2], granted_now=means[3])
            )
    distance = np.quantile(np.abs(now - then), [0.5, 0.95]).tolist() if count else None
    return Scores(
        requests=count,
        same=int((then == now).sum()),
        mean_then=float(then.mean()) if count else None,
        mean_now=float(now.mean()) if count else None,
        correlation=_rank_correlation(then, now),
        distance=None if distance is None else (distance[0], distance[1]),
        bands=bands,
    )


def _rank_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    ranks = [np.unique(each, return_inverse=True, return_counts=True)[1:] for each in (one, other)]
    means = [(np.cumsum(counts) - (counts - 1) / 2)[places] for places, counts in ranks]
    if len(one) < 2 or any(np.ptp(each) == 0 for each in means):
        return None
    return float(np.corrcoef(means[0], means[1])[0, 1])
