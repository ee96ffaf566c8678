"""A fictional lender: a few hundred clients with numbers, texts and past loans, whose risk is a formula."""

from pathlib import Path

import numpy as np
import pandas as pd

from steps.run.policy import Gate, Policy
from steps.tables.feature_table import FeatureTable, Lineage

POLICY = Policy(
    costs={"false_negative": 10, "false_positive": 1},
    required_fields=("income",),
    protected_attributes=("sex", "age"),
    implausible_auc=0.9,
    promotion=Gate(
        least_clients=100,
        least_defaults=20,
        worst_cost_increase=0.0,
        worst_calibration_error=0.03,
        least_business_score=0.0,
    ),
)


def lender_table(clients: int = 600, **columns: object) -> FeatureTable:
    """Its feature table; `columns` replace those of the same name."""
    generator = np.random.default_rng(23)
    income = generator.lognormal(10, 0.5, clients)
    past = np.where(generator.random(clients) < 0.3, np.nan, generator.poisson(2, clients))
    risk = 1 / (1 + np.exp(1.5 + 1.2 * (np.log(income) - 10)))
    frame = pd.DataFrame(
        {
            "client": np.arange(clients),
            "bad": (generator.random(clients) < risk).astype(int),
            "income": income,
            "age": generator.uniform(20, 70, clients),
            "past_loans": past,
            "sex": generator.choice(["f", "m"], clients),
            "job": np.where(generator.random(clients) < 0.1, None, generator.choice(["cook", "nurse"], clients)),
            **columns,
        }
    )
    lineage = Lineage(id="client", target="bad", engine="duckdb", sources={}, history=("past_loans",))
    return FeatureTable(frame, lineage, Path("lender.parquet"))
