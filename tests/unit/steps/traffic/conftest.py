"""Decisions on record by a real service and log, and versions that decide them again in this process."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import make_url

from custom_model.contract import Contract
from custom_model.costs import Costs
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records
from custom_model.decisions import Decider
from custom_model.model import decider as decider_of
from custom_model.origin import Origin
from custom_model.service import DecisionService
from steps.traffic.comparison import Comparison, compared
from steps.traffic.deciding import Decided, Declared, requests_of
from steps.traffic.own_code import decided
from steps.traffic.recorded import LoggedTraffic, Span, Traffic

MODEL = "credit-scoring"


class Version:
    """A version with the interface of a loaded one: `predict` without any store."""

    def __init__(self, decider: Decider):
        self.contract = decider.contract
        self.service = DecisionService(decider, Origin(MODEL, "2"))

    def predict(self, context: object, rows: list[dict], params: dict | None = None) -> list[dict]:
        return [dict(decision) for decision in self.service.decide(rows, params)]


@pytest.fixture(scope="session")
def same(decider: Decider) -> Version:
    """The version that decided what is on record."""
    return Version(decider)


@pytest.fixture(scope="session")
def changed(contract, scorecard, booster) -> Callable[..., Version]:
    """A function that returns a version of the same booster with these changes of contract and scorecard."""

    def new(fields: dict | None = None, **changes: object) -> Version:
        other = Contract(**{**contract.model_dump(), **(fields or {})})
        return Version(decider_of(other, scorecard.model_copy(update=changes), booster, "credit-scoring/2"))

    return new


@pytest.fixture(scope="session")
def stricter(changed) -> Version:
    """A version that refuses from 1/31 on, in place of 1/11."""
    return changed(costs=Costs(false_negative=30, false_positive=1))


@pytest.fixture(scope="session")
def requests(contract: Contract, values: np.ndarray) -> list[dict]:
    """Requests with all required fields, each of another client."""
    levels = {name: list(contract.categories[name]) for name in contract.categories}
    rows = []
    for identity, row in enumerate(values.tolist(), 7_310_001):
        request = {contract.id: identity}
        for name, value in zip(contract.fields, row, strict=True):
            if not np.isnan(value):
                request[name] = levels[name][int(value)] if name in levels else value
        if all(name in request for name in contract.required):
            rows.append(request)
    return rows


@pytest.fixture(scope="session")
def log_file(decider: Decider, requests: list[dict], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The decision log of a server with this model, in batches of a hundred."""
    file = tmp_path_factory.mktemp("traffic") / "decisions.db"
    log = DecisionLog(make_url(f"sqlite:///{file}"))
    with closing(DecisionService(decider, Origin(MODEL, "1", "0a1b"), log=log)) as service:
        for first in range(0, len(requests), 100):
            service.decide(requests[first : first + 100], {"reasons": "refused"})
    return file


@pytest.fixture
def traffic(log_file: Path) -> Iterator[LoggedTraffic]:
    """Its decisions."""
    with closing(Records.open(make_url(f"sqlite:///{log_file}"))) as records:
        yield LoggedTraffic(records, "decisions.db", Span(MODEL))


@pytest.fixture(scope="session")
def again(contract: Contract) -> Callable[..., Comparison]:
    """A function that decides traffic again by a version in this process, and compares."""

    def compare(traffic: Traffic, version: Version, fields: tuple[str, ...] = (), explained: float = 1.0) -> Comparison:
        declared = Declared(version.contract.model_dump(), lambda _: contract.model_dump())
        batches = []
        for batch in traffic.batches():
            record = batch.filter(batch["fields"].is_valid())
            answers = decided(version, requests_of(record, declared, explained), fields)
            batches.append(Decided(record, answers, len(batch) - len(record)))
        return compared(batches, fields)

    return compare


@pytest.fixture
def of_span() -> Callable[..., LoggedTraffic]:
    """A function that returns the same log's traffic of another span."""
    return lambda traffic, **changes: replace(traffic, span=replace(traffic.span, **changes))
