"""The lock of promotions: one holder, a wait for it, and an end of one that was cut off."""

import threading
import time

import pytest
from mlflow import MlflowClient

from steps.registry import promotion_lock as module
from steps.registry.names import checked_model_name, lock_name
from steps.registry.promotion_lock import PromotionLock, promotion_lock
from steps.run.console import UserError

pytestmark = pytest.mark.slow  # waits for a lock to run out


@pytest.fixture(autouse=True)
def short_lease(monkeypatch):
    monkeypatch.setattr(module, "LEASE", 0.5)


def locks() -> list[str]:
    # By name: in the registry of all tests they are not among the first hundred models.
    return [each.name for each in MlflowClient().search_registered_models("name LIKE '%-promotion-lock'")]


def test_the_lock_is_in_the_registry_only_while_it_is_held():
    with promotion_lock("lender") as lock:
        lock.check()
        assert locks() == ["lender-promotion-lock"]

    assert locks() == []


def test_a_second_promotion_waits_for_the_first_and_says_so(capsys):
    order = []

    def second():
        with promotion_lock("lender"):
            order.append("second")

    with promotion_lock("lender"):
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.3)
        order.append("first")
    waiting.join()

    assert order == ["first", "second"]
    assert "waiting for another promotion of this model" in capsys.readouterr().err


def test_the_locks_of_two_models_are_two():
    with promotion_lock("lender"), promotion_lock("other"):
        assert sorted(locks()) == ["lender-promotion-lock", "other-promotion-lock"]


def test_a_lock_that_was_left_behind_is_broken_after_its_time_and_its_holder_named(capsys):
    PromotionLock("lender").take()  # and never released, as by kill -9
    start = time.monotonic()

    with promotion_lock("lender") as lock:
        lock.check()

    assert time.monotonic() - start >= 0.5
    assert "the promotion of process " in (told := capsys.readouterr().out)
    assert "was cut off: its lock of 0.5 s has run out" in told
    assert locks() == []


def test_a_lock_without_a_holder_is_broken_too():
    MlflowClient().create_registered_model(lock_name("lender"))

    with promotion_lock("lender"):
        pass

    assert locks() == []


def test_one_whose_lock_was_broken_goes_no_further_and_removes_no_lock_of_another():
    slow = PromotionLock("lender")
    slow.take()
    with promotion_lock("lender") as other:
        with pytest.raises(UserError, match=r"stood still for 0\.5 s.*run the command again"):
            slow.check()
        slow.release()
        other.check()

    assert locks() == []


def test_a_block_that_fails_releases_the_lock():
    with pytest.raises(ZeroDivisionError), promotion_lock("lender"):
        raise ZeroDivisionError

    assert locks() == []


def test_no_model_can_have_the_name_of_a_lock():
    with pytest.raises(UserError, match="names that end in -promotion-lock are reserved"):
        checked_model_name(lock_name("lender"))
