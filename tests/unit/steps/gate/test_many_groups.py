"""Many groups looked at: a false alarm stays as rare as that of one."""

import numpy as np
import pytest

from steps.evaluation.groups import ClientGroup
from steps.gate.many_groups import Measured, beyond, how_sure


def measured(name: str, value: float, error: float) -> Measured:
    return Measured(ClientGroup("region", name, np.ones(100, bool)), value, error)


def test_a_group_beyond_the_bound_beyond_doubt_fails_and_the_others_do_not():
    groups = [measured("north", 0.10, 0.01), measured("south", 0.03, 0.01), measured("east", -0.10, 0.01)]

    found = beyond(groups, 0.02)

    assert [each.group.name for each, _ in found.failing] == ["north"]
    assert [each.group.name for each in found.unclear] == ["south"]  # one standard error above the bound


def test_what_is_beyond_doubt_for_one_group_is_chance_among_many():
    # Two standard errors above the bound: p = 0.023 alone, 0.46 among twenty.
    alone, among = [measured("one", 0.04, 0.01)], [measured(str(each), 0.0, 0.01) for each in range(19)]

    assert beyond(alone, 0.02).failing
    assert not beyond([*alone, *among], 0.02).failing


def test_of_many_looks_at_groups_on_the_bound_one_in_twenty_raises_an_alarm():
    generator = np.random.default_rng(4)
    alarms = [
        bool(beyond([measured(str(each), 0.02 + 0.01 * z, 0.01) for each, z in enumerate(row)], 0.02).failing)
        for row in generator.standard_normal((600, 15))
    ]

    assert np.mean(alarms) == pytest.approx(0.05, abs=4 * np.sqrt(0.0475 / 600))


@pytest.mark.parametrize(("value", "fails"), [(0.02, False), (0.021, True)])
def test_a_difference_without_noise_is_what_it_is(value, fails):
    assert bool(beyond([measured("north", value, 0.0)], 0.02).failing) is fails


def test_no_groups_raise_no_alarm():
    assert beyond([], 0.02).least == 1.0


def test_a_small_group_is_named_with_the_clients_that_would_do():
    found = beyond([measured("north", 0.0, 0.03)], 0.02)

    # 1,000 clients x ((1.645 + 0.842) x 0.03 / 0.02)^2 = 13,910, to two digits upwards.
    assert how_sure(found, 1, 1_000, 0.02).endswith("too few to tell for region: north: about 14,000 clients would do")


def test_with_as_many_clients_four_of_five_equal_groups_can_be_told():
    generator = np.random.default_rng(6)
    error = 0.03 * np.sqrt(1_000 / 14_000)

    unclear = [beyond([measured("north", value, error)], 0.02).unclear for value in generator.normal(0, error, 2_000)]

    assert np.mean([not each for each in unclear]) == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 2_000))
