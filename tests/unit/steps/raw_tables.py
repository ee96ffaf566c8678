"""Home Credit's tables: three clients by hand, one in every table, one without past loans; and forty random ones."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from steps.tables.home_credit import APPLICATION, TARGET, home_credit

FULL, EMPTY, OLD = 1, 2, 3  # ids of the clients by hand
DRAWN = range(1_000, 1_040)  # ids of the random clients
LEVELS = {
    "CREDIT_ACTIVE": ["Active", "Closed", "Sold"],
    "NAME_CONTRACT_STATUS": ["Approved", "Refused", "Canceled", "Active", "Completed"],
    "STATUS": ["0", "1", "5", "C", "X"],
}
TINY: dict[str, list[dict]] = {
    APPLICATION: [
        {"SK_ID_CURR": OLD, "TARGET": 0, "AMT_CREDIT": 300.5, "CODE_GENDER": "F"},
        {"SK_ID_CURR": FULL, "TARGET": 1, "AMT_CREDIT": 100, "CODE_GENDER": "M", "DAYS_BIRTH": -9461},
        {"SK_ID_CURR": EMPTY, "TARGET": 0, "AMT_CREDIT": 200, "CODE_GENDER": None},
    ],
    "bureau": [
        {"SK_ID_CURR": FULL, "SK_ID_BUREAU": 11, "CREDIT_ACTIVE": "Active", "CREDIT_TYPE": "Credit card",
         "DAYS_CREDIT": -100, "CREDIT_DAY_OVERDUE": 0, "AMT_CREDIT_SUM": 1000, "AMT_CREDIT_SUM_DEBT": 400},
        {"SK_ID_CURR": FULL, "SK_ID_BUREAU": 12, "CREDIT_ACTIVE": "Closed", "CREDIT_TYPE": "Consumer credit",
         "DAYS_CREDIT": -200, "CREDIT_DAY_OVERDUE": 0, "AMT_CREDIT_SUM": 3000, "AMT_CREDIT_SUM_DEBT": 0,
         "DAYS_CREDIT_ENDDATE": -50, "DAYS_ENDDATE_FACT": -80},
        {"SK_ID_CURR": FULL, "SK_ID_BUREAU": 13, "CREDIT_ACTIVE": "Active", "CREDIT_TYPE": "Microloan",
         "DAYS_CREDIT": -800, "CREDIT_DAY_OVERDUE": 5, "AMT_CREDIT_SUM": 0},
        {"SK_ID_CURR": OLD, "SK_ID_BUREAU": 31, "CREDIT_ACTIVE": "Closed", "DAYS_CREDIT": -2000, "AMT_CREDIT_SUM": 50},
        {"SK_ID_CURR": 999, "SK_ID_BUREAU": 91, "CREDIT_ACTIVE": "Active", "DAYS_CREDIT": -1, "AMT_CREDIT_SUM": 7},
    ],
    "bureau_balance": [
        {"SK_ID_BUREAU": 11, "MONTHS_BALANCE": 0, "STATUS": "1"},
        {"SK_ID_BUREAU": 11, "MONTHS_BALANCE": -3, "STATUS": "0"},
        {"SK_ID_BUREAU": 12, "MONTHS_BALANCE": -8, "STATUS": "5"},
        {"SK_ID_BUREAU": 12, "MONTHS_BALANCE": -14, "STATUS": "X"},
        {"SK_ID_BUREAU": 12, "MONTHS_BALANCE": -30, "STATUS": "C"},
        {"SK_ID_BUREAU": 4040, "MONTHS_BALANCE": 0, "STATUS": "5"},
    ],
    "previous_application": [
        {"SK_ID_PREV": 101, "SK_ID_CURR": FULL, "NAME_CONTRACT_STATUS": "Approved", "DAYS_DECISION": -30,
         "NAME_CONTRACT_TYPE": "Cash loans", "AMT_APPLICATION": 100, "AMT_CREDIT": 80, "AMT_ANNUITY": 10,
         "AMT_GOODS_PRICE": 100, "CNT_PAYMENT": 12, "DAYS_FIRST_DUE": -20, "DAYS_LAST_DUE": 365243,
         "DAYS_LAST_DUE_1ST_VERSION": -10},
        {"SK_ID_PREV": 102, "SK_ID_CURR": FULL, "NAME_CONTRACT_STATUS": "Refused", "DAYS_DECISION": -400,
         "NAME_CONTRACT_TYPE": "Cash loans", "AMT_APPLICATION": 200, "AMT_CREDIT": 0},
        {"SK_ID_PREV": 103, "SK_ID_CURR": FULL, "NAME_CONTRACT_STATUS": "Approved", "DAYS_DECISION": -1000,
         "NAME_CONTRACT_TYPE": "Consumer loans", "AMT_APPLICATION": 300, "AMT_CREDIT": 300, "AMT_ANNUITY": 30,
         "AMT_GOODS_PRICE": 250, "CNT_PAYMENT": 10, "DAYS_LAST_DUE": -650, "DAYS_LAST_DUE_1ST_VERSION": -600},
    ],
    "POS_CASH_balance": [
        {"SK_ID_PREV": 101, "SK_ID_CURR": FULL, "MONTHS_BALANCE": -1, "CNT_INSTALMENT": 12,
         "CNT_INSTALMENT_FUTURE": 3, "NAME_CONTRACT_STATUS": "Active", "SK_DPD": 0, "SK_DPD_DEF": 0},
        {"SK_ID_PREV": 101, "SK_ID_CURR": FULL, "MONTHS_BALANCE": -7, "CNT_INSTALMENT": 12,
         "CNT_INSTALMENT_FUTURE": 9, "NAME_CONTRACT_STATUS": "Active", "SK_DPD": 10, "SK_DPD_DEF": 0},
        {"SK_ID_PREV": 103, "SK_ID_CURR": FULL, "MONTHS_BALANCE": -13, "CNT_INSTALMENT": 10,
         "CNT_INSTALMENT_FUTURE": 0, "NAME_CONTRACT_STATUS": "Completed", "SK_DPD": 2, "SK_DPD_DEF": 2},
    ],
    "installments_payments": [
        {"SK_ID_PREV": 101, "SK_ID_CURR": FULL, "DAYS_INSTALMENT": -10, "DAYS_ENTRY_PAYMENT": -12,
         "AMT_INSTALMENT": 100, "AMT_PAYMENT": 100},
        {"SK_ID_PREV": 101, "SK_ID_CURR": FULL, "DAYS_INSTALMENT": -100, "DAYS_ENTRY_PAYMENT": -80,
         "AMT_INSTALMENT": 200, "AMT_PAYMENT": 150},
        {"SK_ID_PREV": 103, "SK_ID_CURR": FULL, "DAYS_INSTALMENT": -500, "DAYS_ENTRY_PAYMENT": None,
         "AMT_INSTALMENT": 300, "AMT_PAYMENT": None},
    ],
    "credit_card_balance": [
        {"SK_ID_PREV": 104, "SK_ID_CURR": FULL, "MONTHS_BALANCE": -1, "AMT_BALANCE": 50,
         "AMT_CREDIT_LIMIT_ACTUAL": 100, "AMT_DRAWINGS_ATM_CURRENT": 20, "AMT_DRAWINGS_CURRENT": 40,
         "AMT_PAYMENT_CURRENT": 30, "AMT_INST_MIN_REGULARITY": 10, "SK_DPD": 0, "SK_DPD_DEF": 0},
        {"SK_ID_PREV": 104, "SK_ID_CURR": FULL, "MONTHS_BALANCE": -5, "AMT_BALANCE": 0,
         "AMT_CREDIT_LIMIT_ACTUAL": 0, "AMT_DRAWINGS_ATM_CURRENT": 0, "AMT_DRAWINGS_CURRENT": 0,
         "AMT_PAYMENT_CURRENT": None, "AMT_INST_MIN_REGULARITY": 0, "SK_DPD": 3, "SK_DPD_DEF": 0},
    ],
}  # fmt: skip


def raw_table(name: str, rows: list[dict]) -> pd.DataFrame:
    """A raw table with every column of Home Credit, missing where a row has no value."""
    schema = home_credit()[name]
    names = [*schema.types, *([TARGET] if name == APPLICATION else [])]
    kinds = {"float64": "float64", "int64": "int64", "string": "object"}
    types = {**{column: kinds[kind] for column, kind in schema.types.items()}, TARGET: "int64"}
    return pd.DataFrame(rows, columns=names).astype({column: types[column] for column in names})


def write_table(table: pd.DataFrame, file: Path) -> None:
    """Write the table in the format of the file's suffix."""
    name = file.name
    if name.endswith(".parquet"):
        table.to_parquet(file, index=False)
    elif name.endswith(".csv"):
        table.to_csv(file, index=False)
    elif name.endswith(".csv.gz"):
        file.write_bytes(gzip.compress(table.to_csv(index=False).encode()))
    elif name.endswith(".csv.zip"):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name.removesuffix(".zip"), table.to_csv(index=False))


def drawn_table(name: str, generator: np.random.Generator) -> pd.DataFrame:
    """A raw table of random rows: twelve per client, a sixth of the values missing."""
    schema = home_credit()[name]
    rows = len(DRAWN) * (1 if name == APPLICATION else 12)
    columns = {}
    for column, kind in schema.types.items():
        if kind == "int64":
            columns[column] = DRAWN if name == APPLICATION else generator.choice(DRAWN, rows)
            continue
        if kind == "string":
            values = generator.choice(LEVELS.get(column, ["a", "b"]), rows).astype(object)
        elif column.startswith("DAYS"):
            values = -generator.integers(0, 1_500, rows).astype(float)
        elif column == "MONTHS_BALANCE":
            values = -generator.integers(0, 40, rows).astype(float)
        else:
            values = generator.integers(0, 2_000, rows) / 4
        values[generator.random(rows) < 1 / 6] = None if kind == "string" else np.nan
        columns[column] = values
    if name == APPLICATION:
        columns[TARGET] = generator.integers(2, size=rows)
    unique = {"bureau": "SK_ID_BUREAU", "previous_application": "SK_ID_PREV"}.get(name)
    if unique:
        columns[unique] = 1_000 + np.arange(rows)
    return pd.DataFrame(columns)


def raw_tables() -> dict[str, pd.DataFrame]:
    """All seven tables."""
    generator = np.random.default_rng(17)
    return {
        name: pd.concat([raw_table(name, rows), drawn_table(name, generator)], ignore_index=True)
        for name, rows in TINY.items()
    }
