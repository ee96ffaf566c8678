"""Models with ledgers, made by hand."""

from datetime import UTC, datetime, timedelta

from mlflow.entities.model_registry import ModelVersion, ModelVersionTag

from desk.models.standing import Model
from steps.ledger.records import CheckRecord, Event, Filed, Outcome, Record

FIRST = datetime(2026, 3, 3, 9, tzinfo=UTC)


def version(number: str, **tags: str) -> ModelVersion:
    """A version registered on 3 March 2026."""
    at = int(FIRST.timestamp() * 1000)
    return ModelVersion("scoring", number, at, tags=[ModelVersionTag(name, value) for name, value in tags.items()])


def record(number: int, version: str | None, event: str, outcome: str, who: str = "ana", **facts: object) -> Record:
    """A record, each a day after the one before."""
    at = FIRST + timedelta(days=number - 1)
    return Record(
        number=number, who=who, at=at, before="", version=version, event=Event(event), outcome=Outcome(outcome), **facts
    )


def check(name: str, passed: bool) -> CheckRecord:
    return CheckRecord(name=name, passed=passed, finding="as it was found")


def model(*records: Record, versions: int = 3, champion: str | None = None, **facts: object) -> Model:
    """A model of this ledger, the oldest record first."""
    given: dict = {"previous": None, "waiting": None, "approved_by": (), **facts}
    newest_first = [Filed(each.number, each.model_dump_json(), True) for each in records[::-1]]
    numbers = [str(number) for number in range(versions, 0, -1)]
    return Model("scoring", {each: version(each) for each in numbers}, champion, records=newest_first, **given)
