"""Values drawn from the bins of a reference: a sample with its marginals, of no real client."""

import numpy as np
import pandas as pd

from steps.monitoring.reference import FieldReference, Reference


def drawn(reference: Reference, names: list[str], rows: int, seed: int) -> pd.DataFrame:
    """A (rows, names) table in which each column has the reference's marginal; the columns are independent.

    A number is drawn evenly between the bounds of its bin. A category's rarer levels have the name "other".
    """
    generator = np.random.default_rng(seed)
    return pd.DataFrame({name: _column(reference.fields[name], rows, generator) for name in names})


def _column(field: FieldReference, rows: int, generator: np.random.Generator) -> np.ndarray:
    bins = field.bins
    places = generator.choice(bins.size, rows, p=field.counts / field.counts.sum())
    if bins.edges is None:
        return np.array([*bins.levels, "other", None], object)[places]
    least, greatest = field.least or 0.0, field.greatest or 0.0  # both are None where all are missing
    # The reference may have no value in the first or last bin, beyond whose edge its bounds then lie.
    bounds = np.sort([[least, *bins.edges], [*bins.edges, greatest]], axis=0)
    low, high = (np.append(each, 0.0)[places] for each in bounds)
    return np.where(places == bins.missing, np.nan, generator.uniform(low, high))
