"""The answer in columns: one for each field of a decision, and the problems of rows without one."""

import numpy as np
import pyarrow as pa

from custom_model.contract import Contract

TEXTS = pa.list_(pa.string())
REASONS = pa.list_(
    pa.struct([("code", pa.string()), ("feature", pa.string()), ("text", pa.string()), ("contribution", pa.float64())])
)
PROBLEMS = pa.list_(pa.struct([("field", pa.string()), ("problem", pa.string())]))


def answer_schema(contract: Contract) -> pa.Schema:
    """The columns of the answer: those of `Decision`, null where the policy has no such figure, then `problems`.

    A row that breaks the contract has its client's id and its problems, and null for the rest.
    """
    return pa.schema(
        [
            ("client_id", pa.string() if contract.id_is_text else pa.int64()),
            ("decision", pa.string()),
            ("probability_of_default", pa.float64()),
            ("threshold", pa.float64()),
            ("threshold_source", pa.string()),
            ("expected_cost_granted", pa.float64()),
            ("expected_cost_refused", pa.float64()),
            ("expected_cost_referred", pa.float64()),
            ("score", pa.int64()),
            ("reasons", REASONS),
            ("unknown_categories", TEXTS),
            ("unusual", TEXTS),
            ("missing", TEXTS),
            ("policy_rules", TEXTS),
            ("history", pa.string()),
            ("model", pa.string()),
            ("decision_id", pa.string()),
            ("simulated", pa.bool_()),
            ("recorded", pa.bool_()),
            ("problems", PROBLEMS),
        ]
    )


def lists(of_row: dict[int, list], rows: int, kind: pa.ListType) -> pa.Array:
    """(rows,) lists, most of them empty."""
    lengths = np.zeros(rows + 1, np.int32)
    for row, each in of_row.items():
        lengths[row + 1] = len(each)
    elements = [element for row in sorted(of_row) for element in of_row[row]]
    return pa.ListArray.from_arrays(pa.array(np.cumsum(lengths, dtype=np.int32)), pa.array(elements, kind.value_type))


def constant(value: object, rows: int, kind: pa.DataType) -> pa.Array:
    """(rows,) the same value, or null for None."""
    return pa.nulls(rows, kind) if value is None else pa.repeat(pa.scalar(value, kind), rows)
