"""The reference as one Parquet file: small enough to travel in every version, without pickle."""

from collections.abc import Mapping
from dataclasses import asdict
from io import BytesIO
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from steps.monitoring.bins import Bins
from steps.monitoring.reference import Decided, FieldReference, Group, GroupReference, Reference
from steps.run.console import UserError

FORM = 1  # another one where this module could not read a file of it, or would read it otherwise
KEY = b"credit_scoring_reference"
SCORE = "score"  # the kind of the one row that is no field
LEVEL = 19  # of zstd: a file is written once
COLUMNS = pa.schema(
    [
        ("kind", pa.string()),  # number, category or score
        ("name", pa.string()),
        ("edges", pa.list_(pa.float64())),
        ("levels", pa.list_(pa.string())),
        ("counts", pa.list_(pa.int32())),  # of the bins
        ("least", pa.float64()),
        ("greatest", pa.float64()),
        ("is_input", pa.bool_()),
        ("groups", pa.list_(pa.int32())),  # of each group's bins, one group after the other; coarse ones of a field
        ("referred", pa.list_(pa.int32())),  # of the score's bins: of all, then of each group
    ]
)


def to_bytes(reference: Reference) -> bytes:
    """The reference as the content of a Parquet file."""
    rows = [_field(name, field, reference) for name, field in reference.fields.items()]
    table = pa.Table.from_pylist([*rows, _score(reference)], COLUMNS)
    described = {
        "form": FORM,
        "source": reference.source,
        "clients": reference.clients,
        "threshold": reference.threshold,
        "reasons": dict(reference.reasons),
        "explained": reference.explained,
        "repeated": reference.repeated,
        "decided": _without_scores(reference.decided),
        "groups": [
            {**asdict(each.group), "clients": each.clients, "decided": _without_scores(each.decided)}
            for each in reference.groups
        ],
    }
    content = BytesIO()
    with pq.ParquetWriter(
        content,
        COLUMNS,
        compression="zstd",
        compression_level=LEVEL,
        use_dictionary=["kind"],
        write_statistics=False,
        store_schema=False,
        use_byte_stream_split=[f"{name}.list.element" for name in ("edges", "counts", "groups", "referred")],
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({KEY: orjson.dumps(described)})
    return content.getvalue()


def from_bytes(content: bytes, origin: str = "reference") -> Reference:
    """The reference in a file's content; raise `UserError` that names the origin for one of another form, or none."""
    try:
        table = pq.read_table(BytesIO(content))
        described = orjson.loads((table.schema.metadata or {})[KEY])
        form = described["form"]
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
        raise UserError(
            f"{origin}: expected a reference that a training wrote, found another file or a damaged one: "
            "train a new version, or give a feature table, as -P reference=data/features.parquet"
        ) from None
    if form != FORM:
        raise UserError(
            f"{origin}: expected a reference of form {FORM}, found form {form!r}: monitor with the version "
            "of the project that trained the model, or give a feature table, as "
            "-P reference=data/features.parquet"
        )
    try:
        return _parsed(table.select(COLUMNS.names).to_pylist(), described)
    except (pa.ArrowException, KeyError, TypeError, ValueError, IndexError):
        raise UserError(
            f"{origin}: the reference is damaged: restore the version's artifact, or give a feature table, "
            "as -P reference=data/features.parquet"
        ) from None


def _field(name: str, field: FieldReference, reference: Reference) -> dict[str, Any]:
    is_input = name in reference.inputs
    return {
        "kind": "number" if field.bins.is_number else "category",
        "name": name,
        "edges": field.bins.edges,
        "levels": None if field.bins.is_number else field.bins.levels,
        "counts": field.counts.tolist(),
        "least": field.least,
        "greatest": field.greatest,
        "is_input": is_input,
        "groups": [count for each in reference.groups for count in each.fields[name].tolist()] if is_input else None,
    }


def _score(reference: Reference) -> dict[str, Any]:
    decided = [reference.decided, *(each.decided for each in reference.groups)]
    return {
        "kind": SCORE,
        "edges": reference.score.edges,
        "counts": reference.decided.scores.tolist(),
        "groups": [count for each in decided[1:] for count in each.scores.tolist()],
        "referred": [count for each in decided for count in _referred(each)],
    }


def _referred(decided: Decided) -> list[int]:
    return [0] * len(decided.scores) if decided.referred is None else decided.referred.tolist()


def _without_scores(decided: Decided) -> dict[str, Any]:
    return {"outcomes": dict(decided.outcomes), "expected_cost": decided.expected_cost}


def _parsed(rows: list[dict[str, Any]], described: Mapping[str, Any]) -> Reference:
    [score] = [row for row in rows if row["kind"] == SCORE]
    of_fields = [row for row in rows if row["kind"] != SCORE]
    fields = {row["name"]: _field_reference(row) for row in of_fields}
    inputs = tuple(row["name"] for row in of_fields if row["is_input"])
    groups = described["groups"]
    tables = {
        row["name"]: _by_group(row["groups"], fields[row["name"]].bins.coarse_size, len(groups))
        for row in of_fields
        if row["is_input"]
    }
    score_bins = Bins(tuple(score["edges"]))
    scores = _by_group(score["groups"], score_bins.missing, len(groups))
    referred = _by_group(score["referred"], score_bins.missing, len(groups) + 1)
    return Reference(
        source=described["source"],
        clients=int(described["clients"]),
        fields=fields,
        inputs=inputs,
        score=score_bins,
        decided=_decided(described["decided"], np.array(score["counts"], np.int64), referred[0]),
        threshold=float(described["threshold"]),
        reasons=dict(described["reasons"]),
        explained=int(described["explained"]),
        repeated=int(described["repeated"]),
        groups=tuple(
            GroupReference(
                Group(**{name: each[name] for name in Group.__dataclass_fields__}),
                each["clients"],
                {name: tables[name][place] for name in inputs},
                _decided(each["decided"], scores[place], referred[place + 1]),
            )
            for place, each in enumerate(groups)
        ),
    )


def _field_reference(row: Mapping[str, Any]) -> FieldReference:
    is_number = row["kind"] == "number"
    bins = Bins(tuple(row["edges"])) if is_number else Bins(None, tuple(row["levels"]))
    counts = np.array(row["counts"], np.int64)
    if len(counts) != bins.size:
        raise ValueError(f"expected {bins.size} counts, got {len(counts)}")
    return FieldReference(bins, counts, row["least"], row["greatest"])


def _by_group(counts: list[int], bins: int, groups: int) -> np.ndarray:
    return np.array(counts, np.int64).reshape(groups, bins)


def _decided(described: Mapping[str, Any], scores: np.ndarray, referred: np.ndarray) -> Decided:
    return Decided(described["outcomes"], scores, float(described["expected_cost"]), referred)
