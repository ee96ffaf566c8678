"""Commands in forked processes: as `subprocess.run` gives them, also many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from testing.forked import run_forked

pytestmark = pytest.mark.slow

COMMAND = "import os; print(os.environ['NUMBER']); raise SystemExit(int(os.environ['NUMBER']))"


def test_each_of_many_commands_at_once_gives_its_own_exit_status_and_output():
    numbers = [1 + number % 100 for number in range(160)]

    with ThreadPoolExecutor(8) as threads:
        ended = list(threads.map(lambda number: run_forked("-c", COMMAND, NUMBER=str(number)), numbers))

    assert [(process.returncode, process.stdout, process.stderr) for process in ended] == [
        (number, f"{number}\n", "") for number in numbers
    ]
