"""Atomic writes: a file is replaced whole or not at all, with concurrent writers, too."""

import pytest

from steps.run.atomic import atomic_write


def test_the_file_is_replaced_when_the_block_ends(tmp_path):
    out = tmp_path / "table.parquet"
    out.write_text("before")

    with atomic_write(out) as unfinished:
        unfinished.write_text("after")
        assert out.read_text() == "before"

    assert out.read_text() == "after"
    assert list(tmp_path.iterdir()) == [out]


def test_a_new_file_appears_in_a_new_folder(tmp_path):
    with atomic_write(tmp_path / "new" / "table.parquet") as unfinished:
        unfinished.write_text("whole")

    assert (tmp_path / "new" / "table.parquet").read_text() == "whole"


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_the_file_before_and_nothing_else(tmp_path, error):
    out = tmp_path / "table.parquet"
    out.write_text("before")

    def break_off():
        with atomic_write(out) as unfinished:
            unfinished.write_text("half")
            raise error

    with pytest.raises(error):
        break_off()

    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_of_two_writers_at_once_both_succeed_and_the_file_of_the_last_stays_whole(tmp_path):
    out = tmp_path / "table.parquet"

    with atomic_write(out) as first:
        first.write_text("first, half")
        with atomic_write(out) as second:
            second.write_text("second")
        assert out.read_text() == "second"
        first.write_text("first")

    assert out.read_text() == "first"
    assert list(tmp_path.iterdir()) == [out]


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "table.parquet"):
        pass
