"""An attempt as the ledger has it: the policy that it was judged by, whoever wrote its file."""

from steps.registry.attempt import policy_digest
from steps.run.policy import Policy, read_policy
from tests.unit.steps.lender import POLICY


def test_the_digest_of_a_policy_is_that_of_its_content_not_of_its_order():
    directions = {"age": "decreasing", "income": "increasing"}
    forth, back = (
        Policy.model_validate({**POLICY.model_dump(), "monotonic": dict(entries)})
        for entries in (directions.items(), reversed(directions.items()))
    )

    assert list(forth.monotonic) != list(back.monotonic)
    assert policy_digest(forth) == policy_digest(back)
    assert policy_digest(forth) != policy_digest(POLICY)


def test_the_same_file_has_the_same_digest_each_time():
    assert policy_digest(read_policy()) == policy_digest(read_policy())
