"""The chain of a ledger: whether any record is missing, changed or unread."""

from collections.abc import Iterator, Sequence

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steps.ledger.records import HEAD, Filed, named_end
from steps.run.mlflow_errors import is_absence


def problems(model_name: str, records: Sequence[Filed]) -> Iterator[str]:
    """What is wrong with the chain, in sentences; none for a whole one.

    Whoever may write to the registry can also write a whole chain anew: the digest of the newest record, kept
    elsewhere, tells.

    Parameters
    ----------
    model_name
        Name of the registered model.
    records
        All records of its ledger, newest first.
    """
    ascending = sorted(records, key=lambda each: each.number)
    expected, before = 1, ""
    for filed in ascending:
        if filed.number > expected:
            yield _missing(expected, filed.number - 1)
        record = filed.record
        if record is None:
            yield f"record {filed.number} is changed: it cannot be read as a record of this number"
        elif filed.number == expected and record.before != before:
            changed = f"record {filed.number - 1} or {filed.number}" if filed.number > 1 else "record 1"
            yield f"{changed} is changed: the digest of the one before is another in record {filed.number}"
        expected, before = filed.number + 1, filed.digest
    yield from _against_the_head(model_name, {filed.number: filed.digest for filed in ascending})


def _against_the_head(model_name: str, digests: dict[int, str]) -> Iterator[str]:
    """Whether the record that the model itself names as its last is there, unchanged."""
    try:
        tags, named = MlflowClient().get_registered_model(model_name).tags, named_end(model_name)
    except MlflowException as error:
        if not is_absence(error):
            raise
        yield "the model itself is missing: records may have been deleted behind the last one"
        return
    if HEAD not in tags:
        if digests:
            yield f"the model's tag {HEAD} is missing: records may have been deleted behind the last one"
    elif named is None:
        yield f"the model's tag {HEAD} is changed: expected a number and a digest"
    elif named.number > max(digests, default=0):
        yield _missing(max(digests, default=0) + 1, named.number)
    elif digests.get(named.number, named.digest) != named.digest:
        yield f"record {named.number} is changed: the model has another digest of it"


def _missing(first: int, last: int) -> str:
    return f"record {first} is missing" if first == last else f"records {first} to {last} are missing"
