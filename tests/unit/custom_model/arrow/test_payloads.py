"""Requests as JSON, column by column: the bytes that orjson writes of each row."""

from itertools import combinations

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


def by_name(contract, batch: pa.RecordBatch) -> list[str]:
    return [orjson.dumps(row).decode() for row in present(contract, batch)]


def by_position(contract, batch: pa.RecordBatch) -> list[str]:
    names = [contract.id, *contract.numeric, *sorted(contract.categories)]
    return [orjson.dumps([row.get(name, False) for name in names]).decode() for row in present(contract, batch)]


def present(contract, batch: pa.RecordBatch) -> list[dict]:
    return [
        {name: value for name, value in row.items() if name in contract.names and value is not None and value == value}
        for row in batch.to_pylist()
    ]


@pytest.mark.parametrize("at_once", [5, 500])
def test_a_request_is_the_values_of_its_row_in_the_contracts_order(contract, batch, monkeypatch, at_once):
    monkeypatch.setattr(module, "AT_ONCE", at_once)

    assert payloads(contract, batch) == by_position(contract, batch)
    assert payloads(contract, batch.slice(7, 4)) == by_position(contract, batch)[7:11]


@pytest.mark.parametrize("at_once", [5, 500])
def test_a_request_of_few_columns_is_the_text_of_its_row_without_what_is_missing(contract, batch, monkeypatch, at_once):
    monkeypatch.setattr(module, "AT_ONCE", at_once)

    for first, second in combinations(batch.schema.names, 2):
        few = batch.select([first, second])
        assert payloads(contract, few) == by_name(contract, few)
        assert payloads(contract, few.slice(7, 4)) == by_name(contract, few)[7:11]


def test_any_number_is_written_as_it_is_in_a_row(contract):
    bits = np.random.default_rng(0).integers(0, 2**64, 4_000, np.uint64, endpoint=False)
    numbers = bits.view(np.float64)
    few = pa.RecordBatch.from_pydict({contract.fields[0]: pa.array(numbers[np.isfinite(numbers)])})
    many = pa.RecordBatch.from_pydict(dict.fromkeys(contract.fields[:9], few.column(0)))

    assert payloads(contract, few) == by_name(contract, few)
    assert payloads(contract, many) == by_position(contract, many)


def test_a_row_without_a_value_is_an_empty_request(contract):
    few = pa.RecordBatch.from_pydict({contract.fields[0]: pa.array([None, 1.0, None], pa.float64())})
    none = pa.RecordBatch.from_pydict(dict.fromkeys(contract.fields[:9], pa.nulls(2)))

    assert payloads(contract, few) == ["{}", f'{{"{contract.fields[0]}":1.0}}', "{}"]
    assert payloads(contract, none) == by_position(contract, none)
