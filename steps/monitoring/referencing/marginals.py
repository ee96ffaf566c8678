"""Values drawn within the bins of a reference: a sample with its marginals, of no real client."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from steps.monitoring.reference import FieldReference, Reference

OTHER = "other"  # a level that the reference lacks


def drawn(reference: Reference, names: Sequence[str], rows: int, seed: int) -> pd.DataFrame:
    """A (rows, names) table in which each column has the reference's marginal; the columns are independent."""
    generator = np.random.default_rng(seed)
    columns = {}
    for name in names:
        field = reference.fields[name]
        places = generator.choice(field.bins.size, rows, p=field.counts / field.counts.sum())
        columns[name] = values_in(field, places, generator)
    return pd.DataFrame(columns)


def values_in(field: FieldReference, places: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """(rows,) values of these bins: levels of a category, numbers drawn evenly between the bounds of a bin."""
    bins = field.bins
    if bins.edges is None:
        return np.array([*bins.levels, OTHER, None], object)[places]
    least, greatest = field.least or 0.0, field.greatest or 0.0  # both are None where all are missing
    # The reference may have no value in the first or last bin, beyond whose edge its bounds then lie.
    bounds = np.sort([[least, *bins.edges], [*bins.edges, greatest]], axis=0)
    low, high = (np.append(each, 0.0)[places] for each in bounds)
    return np.where(places == bins.missing, np.nan, generator.uniform(low, high))
