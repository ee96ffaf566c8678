"""The reference's file: what is read is what was written, it is small, and another one is an error."""

import io
from dataclasses import replace

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.monitoring.reference import Decided, FieldReference, Group, GroupReference, Reference
from steps.monitoring.referencing.binning import number_bins
from steps.monitoring.referencing.reference_file import FORM, KEY, from_bytes, to_bytes
from steps.run.console import UserError
from tests.unit.steps.monitoring.references import reference_of, table_of


@pytest.fixture(scope="module")
def reference(decider, contract, values):
    return reference_of(decider, table_of(contract, values))


def plain(value: object) -> object:
    """A reference as plain values, to compare."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple) else value


def test_what_is_read_is_what_was_written(reference):
    content = to_bytes(reference)

    assert plain(from_bytes(content)) == plain(reference)
    assert to_bytes(from_bytes(content)) == content
    assert list(from_bytes(content).fields) == list(reference.fields)


def test_a_reference_without_groups_or_referrals_is_kept(reference):
    bare = replace(reference, groups=(), decided=replace(reference.decided, referred=None), reasons={})

    again = from_bytes(to_bytes(bare))

    assert again.groups == ()
    assert again.decided.referred.sum() == 0
    assert again.inputs == reference.inputs


def test_a_reference_of_home_credits_size_takes_less_than_200_kb():
    generator = np.random.default_rng(5)
    clients, fields, inputs = 300_000, 657, 230
    bins = [number_bins(generator.lognormal(10, 1, 2_000)) for _ in range(fields)]
    counts = [generator.multinomial(clients, np.full(each.size, 1 / each.size)) for each in bins]
    names = [f"INSTALMENTS_AMT_PAYMENT_{place}" for place in range(fields)]
    score = number_bins(generator.beta(1, 9, 20_000), 200)

    def decided(of: int) -> Decided:
        shares = np.full(score.missing, 1 / score.missing)
        outcomes = {"granted": of, "refused": 0, "referred": 0}
        return Decided(outcomes, generator.multinomial(of, shares), 0.4, np.zeros(score.missing, int))

    def group(place: int) -> GroupReference:
        group = Group("Family status", f"value {place}", names[0], True, low=float(place), high=place + 1.0)
        of = {
            name: generator.multinomial(clients // 5, generator.dirichlet(np.full(each.coarse_size, 5.0)))
            for name, each in zip(names[:inputs], bins, strict=False)
        }
        return GroupReference(group, clients // 5, of, decided(4_000))

    reference = Reference(
        source="measured",
        clients=clients,
        fields={
            name: FieldReference(each, count, -17.25, 1e9 / 7)
            for name, each, count in zip(names, bins, counts, strict=True)
        },
        inputs=tuple(names[:inputs]),
        score=score,
        decided=decided(20_000),
        threshold=1 / 11,
        reasons={"EXTERNAL_SCORE": 700},
        explained=1_000,
        repeated=0,
        groups=tuple(map(group, range(24))),
    )

    content = to_bytes(reference)

    assert 100_000 < len(content) < 200_000
    assert plain(from_bytes(content)) == plain(reference)


def other_form(content: bytes) -> bytes:
    table = pq.read_table(io.BytesIO(content))
    described = {**orjson.loads(table.schema.metadata[KEY]), "form": FORM + 1}
    return written(table, {KEY: orjson.dumps(described)})


def without_metadata(content: bytes) -> bytes:
    return written(pq.read_table(io.BytesIO(content)), {})


def with_a_threshold_of_text(content: bytes) -> bytes:
    table = pq.read_table(io.BytesIO(content))
    described = orjson.loads(table.schema.metadata[KEY])
    return written(table, {KEY: orjson.dumps({**described, "threshold": "low"})})


def with_lost_rows(content: bytes) -> bytes:
    table = pq.read_table(io.BytesIO(content))
    return written(table.slice(1, 3), table.schema.metadata)


def with_lost_columns(content: bytes) -> bytes:
    table = pq.read_table(io.BytesIO(content))
    return written(table.drop_columns(["counts"]), table.schema.metadata)


def with_lost_counts(content: bytes) -> bytes:
    table = pq.read_table(io.BytesIO(content))
    rows = table.to_pylist()
    rows[0]["counts"] = rows[0]["counts"][1:]
    return written(pa.Table.from_pylist(rows, table.schema), table.schema.metadata)


def written(table: pa.Table, metadata: dict) -> bytes:
    content = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: b"", "expected a reference that a training wrote"),
        (lambda _: b"PAR1 and then nothing", "expected a reference that a training wrote"),
        (lambda content: content[:-200], "expected a reference that a training wrote"),
        (lambda content: content[: len(content) // 2] + bytes(400) + content[len(content) // 2 + 400 :], "reference"),
        (without_metadata, "expected a reference that a training wrote"),
        (other_form, f"expected a reference of form {FORM}, found form {FORM + 1}"),
        (with_a_threshold_of_text, "the reference is damaged"),
        (with_lost_rows, "the reference is damaged"),
        (with_lost_columns, "the reference is damaged"),
        (with_lost_counts, "the reference is damaged"),
    ],
)
def test_another_file_is_an_error_that_says_what_to_do(reference, change, message):
    with pytest.raises(UserError, match=f"models:/m/3: .*{message}.*-P reference=data/features.parquet"):
        from_bytes(change(to_bytes(reference)), "models:/m/3")
