"""Bins merged until each has enough in it for a chi-square statistic."""

import numpy as np

ALIKE = 4  # times that a reference is larger, from which on its shares count as known
LEAST_EXPECTED = 5.0  # in a bin, of the smaller sample: below, the statistic is not distributed as chi-square


def merged(
    reference: np.ndarray, window: np.ndarray, is_number: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The counts in merged bins, by what is `expected` in each.

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
        at least 1. Shares of 0.6, 0.37 and 0.03 in a window of 100 expect 60, 37 and 3: of a category, the last two
        become one.
    """
    counts = expected(reference, window)
    size = counts.shape[1]
    order = np.where(is_number[:, None], np.roll(np.arange(size), 1), np.argsort(-counts, axis=1, kind="stable"))
    reference, window, counts = (np.take_along_axis(each, order, axis=1) for each in (reference, window, counts))
    place, filled = np.zeros(len(counts), np.int64), np.zeros(len(counts))
    places = np.empty(counts.shape, np.int64)
    for column in range(size):
        places[:, column] = place
        filled += counts[:, column]
        is_full = filled >= LEAST_EXPECTED
        place += is_full
        filled[is_full] = 0.0
    bins = np.maximum(place, 1)
    places = np.minimum(places, bins[:, None] - 1)
    return _summed(reference, places), _summed(window, places), bins


def expected(reference: np.ndarray, window: np.ndarray) -> np.ndarray:
    """(fields, bins) numbers of the smaller sample by the reference's shares, or by both's where alike in size.

    The reference's bins have equal numbers by design. Of 100 requests in twenty of them 5 are expected in each, and by
    the shares of both the bins would be merged in which the window has fewer: that made false alarms.
    """
    clients, requests = (each.sum(axis=1, keepdims=True) for each in (reference, window))
    base = np.where(clients >= ALIKE * requests, reference, reference + window)
    return base * np.minimum(clients, requests) / np.maximum(base.sum(axis=1, keepdims=True), 1)


def _summed(counts: np.ndarray, places: np.ndarray) -> np.ndarray:
    fields, size = counts.shape
    flat = (places + size * np.arange(fields)[:, None]).ravel()
    return np.bincount(flat, weights=counts.ravel(), minlength=fields * size).reshape(fields, size)
