"""An export that is damaged in the middle: a sentence, wherever its reading breaks off."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.run.console import UserError
from steps.traffic.recorded import SCHEMA, ExportedTraffic, Span
from tests.unit.steps.monitoring.windows import people, sample_of


def test_a_damaged_export_is_an_error_without_a_trace(tmp_path):
    record = sample_of(people(500, seed=1))
    file = tmp_path / "decisions.parquet"
    named = pa.table([*record.columns, pa.array(["loans"] * len(record))], [*SCHEMA.names, "model_name"])
    pq.write_table(named, file)
    content = bytearray(file.read_bytes())
    start = content.find(b"AMOUNT") // 2
    content[start : start + len(content) // 2] = bytes(len(content) // 2)
    file.write_bytes(content)
    traffic = ExportedTraffic(file, Span("loans"))

    with pytest.raises(UserError, match=r"export: .*decisions\.parquet is damaged") as error:
        list(traffic.batches())

    assert "export the decisions again" in str(error.value)
