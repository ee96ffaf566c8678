"""Requests as JSON, column by column: the bytes that orjson writes of each row."""

import numpy as np
import orjson
import pyarrow as pa
import pytest

from custom_model.arrow import payloads as module
from custom_model.arrow.payloads import payloads

NUMBERS = [0.0, -0.0, 1.0, 1 / 3, 1e-300, 5e-324, 1e16, 123456789012345680.0, -2.5, None, float("nan"), 1e22]
TEXTS = ["a", None, 'say "no", twice', "tab\tnew\nline\\", "naïve £ 😀", "", "a", ",", "]", "[", '":', "\x1f"]


@pytest.fixture(params=[pa.string(), pa.large_string()], ids=str)
def batch(request, contract) -> pa.RecordBatch:
    """Numbers of several widths, texts plain and encoded, and a column that the contract does not have."""
    kind = request.param
    numeric, categories = [name for name in contract.fields if name not in contract.categories], [*contract.categories]
    columns = {
        contract.id: pa.array([2**53 + 1, *range(10), None], pa.int64()),
        "stranger": pa.array(NUMBERS),
        categories[0]: pa.array(TEXTS, kind),
        numeric[0]: pa.array(NUMBERS),
        categories[1]: pa.array(TEXTS).dictionary_encode(),
        numeric[1]: pa.array([0.1, None, *range(10)], pa.float32()),
        numeric[2]: pa.array([None, 255, *range(10)], pa.uint8()),
        numeric[3]: pa.nulls(12),
        numeric[4]: pa.array([*range(-6, 6)], pa.int16()),
    }
    return pa.RecordBatch.from_pydict(columns)


def expected(contract, batch: pa.RecordBatch) -> list[str]:
    rows = [
        {name: value for name, value in row.items() if name in contract.names and value is not None and value == value}
        for row in batch.to_pylist()
    ]
    return [orjson.dumps(row).decode() for row in rows]


@pytest.mark.parametrize("at_once", [5, 500])
def test_a_request_is_the_text_of_its_row_without_what_is_missing(contract, batch, monkeypatch, at_once):
    monkeypatch.setattr(module, "AT_ONCE", at_once)

    assert payloads(contract, batch) == expected(contract, batch)
    assert payloads(contract, batch.slice(7, 4)) == expected(contract, batch)[7:11]


def test_any_number_is_written_as_it_is_in_a_row(contract):
    bits = np.random.default_rng(0).integers(0, 2**64, 4_000, np.uint64, endpoint=False)
    numbers = bits.view(np.float64)
    batch = pa.RecordBatch.from_pydict({contract.fields[0]: pa.array(numbers[np.isfinite(numbers)])})

    assert payloads(contract, batch) == expected(contract, batch)


def test_a_row_without_a_value_is_an_empty_request(contract):
    batch = pa.RecordBatch.from_pydict({contract.fields[0]: pa.array([None, 1.0, None], pa.float64())})

    assert payloads(contract, batch) == ["{}", f'{{"{contract.fields[0]}":1.0}}', "{}"]
