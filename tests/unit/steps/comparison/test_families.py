"""The option `families`: names of families."""

import pytest

from steps.comparison.families import FAMILIES, read_families
from steps.run.console import UserError


def test_all_are_the_five_families():
    assert read_families("all") == ["dummy", "logistic-regression", "random-forest", "xgboost", "lightgbm"]


@pytest.mark.parametrize("spec", ["lightgbm,dummy", " dummy , lightgbm", "dummy,lightgbm,dummy"])
def test_some_come_once_each_and_in_one_order(spec):
    assert read_families(spec) == ["dummy", "lightgbm"]


@pytest.mark.parametrize("spec", ["oracle", "dummy,oracle", "", "all,dummy"])
def test_other_names_are_refused_with_those_there_are(spec):
    with pytest.raises(UserError, match="expected 'all' or some of dummy, logistic-regression, random-forest"):
        read_families(spec)


def test_each_says_what_it_is_given():
    for family in FAMILIES.values():
        assert len(family.settings) > 20
