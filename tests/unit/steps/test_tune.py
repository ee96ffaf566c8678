"""The command that tune prints."""

import shlex

from steps.tune import train_command
from tests.unit.steps.lender import lender_table


def test_the_printed_command_trains_on_the_data_that_the_user_gave():
    table = lender_table()
    table.parameters = {"data": "my clients.csv", "target": "bad", "id": "client"}

    words = shlex.split(train_command(table, "runs:/0a1b/params.json"))

    assert words == [
        *("mlflow", "run", ".", "-e", "train", "--env-manager", "local", "-P", "data=my clients.csv"),
        *("-P", "target=bad", "-P", "id=client", "-P", "params=runs:/0a1b/params.json"),
    ]
