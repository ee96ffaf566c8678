"""The order of the tests: the longest files first."""

from itertools import groupby
from pathlib import Path

from tests.longest import LONGEST, place

TESTS = Path(__file__).parents[1]


def test_every_file_that_starts_first_exists():
    assert [file for file in LONGEST if not (TESTS / file).is_file()] == []


def test_the_longest_files_start_first(request):
    files = [file for file, _ in groupby(item.path.relative_to(TESTS).as_posix() for item in request.session.items)]

    assert [place(file) for file in files] == sorted(map(place, files))
