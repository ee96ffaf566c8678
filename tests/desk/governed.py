"""A model for tests of who decides: three real versions and one without artifacts; and a desk of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from mlflow import MlflowClient
from playwright.sync_api import Page

from steps.ledger.records import CheckRecord
from steps.registry.approvals import await_approval
from steps.registry.attempt import policy_digest
from steps.registry.versions import find_champion, find_version
from steps.run.policy import read_policy
from steps.train import TrainedVersion
from tests.unit.desk.models.models import check
from tests.unit.steps.registry.entries import crown, promotion

NUMBERS = count(1)
REASON = "cost <0.7 & AUC >0.75, as decided"  # of characters that HTML has a use for
Opened = Callable[..., Page]
CHECKS: tuple[CheckRecord, ...] = (check("ranking", True), check("a server's answer", True), check("threshold", False))


class Governed:
    """A desk of such a model at this URL; called with a path, it opens that in a browser."""

    def __init__(self, url: str, opened: Opened):
        self.url = url
        self._opened = opened

    def __call__(self, path: str, *options: object, **more: object) -> Page:
        return self._opened(self.url + path, *options, **more)


@contextmanager
def governed(trained: TrainedVersion) -> Iterator[str]:
    """Its name: version 2 is champion, 1 was before, 3 was let through by olga and waits, 4 cannot be loaded.

    The versions are of the trained one's logged model, whose servers would not know their own version beside them: they
    are gone when the block ends.
    """
    client, name = MlflowClient(), f"governed-{next(NUMBERS)}"
    original = find_version(trained.model_name, str(trained.version))
    client.create_registered_model(name)
    for _ in range(3):
        client.create_model_version(name, original.source, original.run_id, tags=original.tags)
    client.create_model_version(name, "file:///nowhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_USERNAME", "olga")
        crown(name, "1")
        crown(name, "2")
        facts = {"policy": policy_digest(read_policy()), "checks": CHECKS, "forced": True, "reason": REASON}
        assert await_approval(find_version(name, "3"), find_champion(name), promotion("3", **facts), 1)
    yield name
    client.delete_registered_model(name)
