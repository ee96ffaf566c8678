"""The subject of the measurements: a registered model of real size, and applications for its requests."""

from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import lightgbm as lgb
import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa

from custom_model.applications import validate
from custom_model.contract import Contract
from custom_model.decisions import Decider
from custom_model.row_parts import RowParts
from steps.run.console import UserError
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable, read_feature_table, write_feature_table
from steps.train import train

# Serving time does not depend on the training data: few clients and a small learning rate give a booster
# of real size in seconds.
CLIENTS = 4000
PARAMS = '{"rounds": 500, "patience": 500, "learning_rate": 0.005}'
FEW = 20

Row = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """A registered model with its booster, and applications by name: "all", "few", "granted" and "refused".

    "all" and "few" have all and few fields of one granted client; "refused" is absent if the model refuses
    no client. `clients` have the id and all fields.
    """

    uri: str
    decider: Decider
    booster: lgb.Booster
    rows: dict[str, Row]
    clients: pd.DataFrame

    @property
    def fields(self) -> int:
        return len(self.decider.contract.fields)

    def applications(self, count: int) -> list[Row]:
        """The first `count` clients with all their fields; after the last client the first ones again."""
        return list(islice(cycle(_rows(self.clients.head(count))), count))

    def matrix(self, rows: list[Row]) -> np.ndarray:
        """(rows, features): the booster's input for these applications."""
        applications, _ = validate(self.decider.contract, rows)
        return self.decider.features.matrix(applications.values)

    def features(self, row: str) -> Row:
        """The booster's features of a row, by the booster's names; None where missing."""
        [values] = self.matrix([self.rows[row]])
        return {
            name: None if np.isnan(value) else value
            for name, value in zip(self.booster.feature_name(), values.tolist(), strict=True)
        }


def subject(table: FeatureTable, fields: list[str], folder: Path, settings: Settings, policy: Policy) -> Subject:
    """Train and register a model on some of a table's fields, and choose its applications."""
    reduced = _reduced(table, fields, folder / f"features-{len(fields)}.parquet")
    # `train` prints the quality of the model, which says nothing with so few clients.
    with redirect_stdout(StringIO()):
        # All features, so that every contender has as many columns as this model has fields.
        trained = train(reduced, f"benchmark-{len(fields)}", settings, policy, PARAMS, most_features=0)
    return subject_of(trained.uri, reduced.frame.drop(columns=reduced.lineage.target))


def subject_of(uri: str, clients: pd.DataFrame) -> Subject:
    """The subject of an existing model and these clients."""
    loaded = mlflow.pyfunc.load_model(uri)
    decider = loaded.unwrap_python_model().decider
    decider.scorer.parts = RowParts()  # one thread, as the booster beside it
    contract = decider.contract
    clients = clients[clients[list(contract.required)].notna().all(axis=1)]
    decisions = loaded.predict(clients, params={"reasons": "none"})["decision"].to_numpy()
    of_first = {decision: _rows(clients[decisions == decision].head(1))[0] for decision in set(decisions)}
    if "granted" not in of_first:
        raise UserError("the model grants no application: the benchmark needs one that is granted")
    granted = of_first["granted"]
    rows = {"all": granted, "few": few_fields(granted, contract), **of_first}
    return Subject(uri, decider, mlflow.lightgbm.load_model(uri), rows, clients)


def few_fields(row: Row, contract: Contract) -> Row:
    """20 fields of a row, or more where so many must be sent: these, the id, and the first others without history."""
    demanded = [*([contract.id] if contract.id in row else []), *contract.shortest(row)]
    left_out = {*demanded, *contract.history}
    others = [name for name, value in row.items() if value is not None and name not in left_out]
    return {name: row[name] for name in [*demanded, *others][: max(FEW, len(demanded))]}


def _rows(clients: pd.DataFrame) -> list[Row]:
    return [
        {name: None if value is None or value != value else value for name, value in row.items()}
        for row in clients.to_dict("records")
    ]


def _reduced(table: FeatureTable, fields: list[str], out: Path) -> FeatureTable:
    """A feature table of the first clients of a table, with some of its fields."""
    lineage = table.lineage.model_copy(
        update={"history": tuple(name for name in table.lineage.history if name in fields)}
    )
    frame = table.frame[[lineage.id, lineage.target, *fields]].head(CLIENTS)
    content = pa.Table.from_pandas(frame, preserve_index=False)
    write_feature_table(content.to_batches(), content.schema, lineage, out)
    return read_feature_table(out)
