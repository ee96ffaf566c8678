"""Bins merged until each has enough in it for a chi-square statistic."""

import numpy as np

LEAST_EXPECTED = 5.0  # in a bin, of the smaller sample: below, the statistic is not distributed as chi-square


def merged(
    reference: np.ndarray, window: np.ndarray, is_number: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The counts in merged bins, by the counts of both samples together.

    Bins of a number are merged with their neighbours, a few missing values with the lowest bin; levels of a category
    with the next rarer ones. What is left over joins the bin before.

    Parameters
    ----------
    reference, window
        (fields, bins) numbers; missing values are last.
    is_number
        (fields,) booleans.

    Returns
    -------
    tuple
        Both counts, (fields, bins) with zeros where bins were merged away, and the (fields,) numbers of merged bins,
        at least 1. Pooled shares of 0.6, 0.37 and 0.03 in a window of 100 expect 60, 37 and 3: of a category, the last
        two become one.
    """
    pooled = reference + window
    size = pooled.shape[1]
    order = np.where(is_number[:, None], np.roll(np.arange(size), 1), np.argsort(-pooled, axis=1, kind="stable"))
    reference, window = (np.take_along_axis(each, order, axis=1) for each in (reference, window))
    smaller = np.minimum(reference.sum(axis=1), window.sum(axis=1))
    expected = (reference + window) * (smaller / np.maximum(pooled.sum(axis=1), 1))[:, None]
    place, filled = np.zeros(len(pooled), np.int64), np.zeros(len(pooled))
    places = np.empty(pooled.shape, np.int64)
    for column in range(size):
        places[:, column] = place
        filled += expected[:, column]
        is_full = filled >= LEAST_EXPECTED
        place += is_full
        filled[is_full] = 0.0
    bins = np.maximum(place, 1)
    places = np.minimum(places, bins[:, None] - 1)
    return _summed(reference, places), _summed(window, places), bins


def _summed(counts: np.ndarray, places: np.ndarray) -> np.ndarray:
    fields, size = counts.shape
    flat = (places + size * np.arange(fields)[:, None]).ravel()
    return np.bincount(flat, weights=counts.ravel(), minlength=fields * size).reshape(fields, size)
