"""Outside information about the applicant: three scores, bureau inquiries and the social circle."""

import numpy as np
from scipy.special import ndtri

from steps.sample.clients import Clients
from steps.sample.columns import Columns, labels_of, numbers_of
from steps.sample.draws import amounts, blend, figures, labels


def scores(rng: np.random.Generator, clients: Clients, person: Columns) -> Columns:
    """Draw EXT_SOURCE_1..3 and the inquiry and social circle counts, with their missing values.

    The scores have little in common but the client's worth (rank correlations 0.1-0.3; the first with age 0.6).
    A client without a bureau record has no inquiries and rarely a third score.
    """
    n, recorded = len(clients), figures("application")
    quantiles, unknown = recorded["quantiles"], recorded["missing"]
    age = ndtri(np.clip((-numbers_of(person, "DAYS_BIRTH") - 7_600) / 17_700, 0.01, 0.99))
    noise = rng.standard_normal((3, n))
    uniform = {
        "EXT_SOURCE_1": blend(noise[0], worth=(0.4, clients.worth), age=(0.75, age)),
        "EXT_SOURCE_2": blend(noise[1], worth=(0.4, clients.worth), means=(0.25, clients.affluence)),
        "EXT_SOURCE_3": blend(noise[2], worth=(0.4, clients.worth), age=(0.18, age)),
    }
    retired = labels_of(person, "NAME_INCOME_TYPE").among("Pensioner")
    seen = clients.has_bureau
    missing = {
        "EXT_SOURCE_1": np.where(retired, 0.774, unknown["EXT_SOURCE_1"] - (0.774 - unknown["EXT_SOURCE_1"]) * 0.22),
        "EXT_SOURCE_2": np.full(n, unknown["EXT_SOURCE_2"]),
        "EXT_SOURCE_3": np.where(seen, 0.069, 0.976),
    }
    columns: Columns = {
        name: np.where(rng.random(n) < missing[name], np.nan, amounts(u, quantiles[name]))
        for name, u in uniform.items()
    }
    counts = recorded["counts"]
    no_inquiry = ~seen & (rng.random(n) < unknown["AMT_REQ_CREDIT_BUREAU_YEAR"] / 0.143)
    for name, shares in counts.items():
        if name.startswith("AMT_REQ"):
            drawn = labels(rng.random(n), shares).numbers()
            columns[name] = np.where(no_inquiry, np.nan, drawn)
    return columns | _social_circle(rng, n)


def _social_circle(rng: np.random.Generator, n: int) -> Columns:
    recorded = figures("application")
    unknown = rng.random(n) < recorded["missing"]["OBS_30_CNT_SOCIAL_CIRCLE"]
    observed = labels(rng.random(n), recorded["counts"]["OBS_30_CNT_SOCIAL_CIRCLE"]).numbers()
    late = rng.binomial(observed, 0.106)
    counts = {
        "OBS_30": observed,
        "DEF_30": late,
        "OBS_60": np.maximum(observed - (rng.random(n) < 0.012), 0),
        "DEF_60": rng.binomial(late, 0.69),
    }
    return {f"{name}_CNT_SOCIAL_CIRCLE": np.where(unknown, np.nan, drawn) for name, drawn in counts.items()}
