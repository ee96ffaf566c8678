"""A task beside another one."""

import pytest

from steps.run.background import Background


def test_the_result_is_what_the_task_returns():
    assert Background(lambda: 7).result() == 7


def test_an_error_of_the_task_is_raised_where_its_result_is_asked_for():
    def task() -> None:
        raise KeyError("score")

    background = Background(task)

    with pytest.raises(KeyError, match="score"):
        background.result()
