"""The options of promote that have no effect together are refused before anything moves."""

from itertools import count

import pytest

from steps.promote import main
from steps.registry.versions import Stage
from steps.run.console import UserError
from steps.run.options import Truth
from tests.unit.steps.registry.entries import registered, stages

NUMBERS = count()


@pytest.mark.parametrize("stage", [Stage.staging, Stage.archived])
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"dry_run": Truth.true}, "dry_run"),
        ({"force": "the committee's decision"}, "force"),
        ({"to": "https://mlflow.production"}, "to"),
        ({"dry_run": Truth.true, "to": "https://mlflow.production"}, "dry_run and to"),
    ],
)
def test_an_option_of_the_gate_moves_no_version_to_another_stage(stage, options, named):
    model = registered(f"ungated-{next(NUMBERS)}", versions=1)

    with pytest.raises(UserError, match=f"^stage: expected Production, the gate's, with {named}; got {stage}$"):
        main(model, "1", stage, **options)

    assert stages(model) == {"1": "None"}
