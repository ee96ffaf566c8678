"""What an address asks the page for."""

from datetime import date

import pytest

from desk.watch.asked import ALL, read_asked

TODAY = date(2026, 11, 26)


def test_without_parameters_the_last_thirty_days_are_asked_for_today_included():
    asked = read_asked({}, TODAY)

    assert (asked.first, asked.last, asked.problem) == (date(2026, 10, 28), TODAY, "")


def test_chosen_days_are_both_included_and_do_not_pass_today():
    asked = read_asked({"since": "2026-03-01", "until": "2031-01-01", "version": "7"}, TODAY)

    assert (asked.first, asked.last, asked.version) == (date(2026, 3, 1), TODAY, "7")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"since": "yesterday"}, "watch.no_day"),
        ({"until": "2026-02-30"}, "watch.no_day"),
        ({"since": "\x00" * 10_000}, "watch.no_day"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "watch.ends_before"),
        ({"days": "-1"}, "watch.unknown_days"),
        ({"segment": "old"}, "watch.unknown_segment"),
    ],
    ids=["a word", "a day that is none", "garbage", "an end before its beginning", "another window", "another group"],
)
def test_what_cannot_be_followed_is_a_sentence_and_the_usual_days(given, problem):
    asked = read_asked(given, TODAY)

    assert asked.problem == problem
    assert (asked.first, asked.last) == (date(2026, 10, 28), TODAY)


def test_addresses_keep_the_choice_and_change_what_is_named():
    chosen = read_asked({"since": "2026-03-01", "until": "2026-03-05", "version": "7", "segment": "new"}, TODAY)

    assert chosen.href(run="a") == "/watch?since=2026-03-01&until=2026-03-05&version=7&segment=new&run=a"
    assert chosen.href(days=ALL) == "/watch?version=7&segment=new&days=all"
    assert read_asked({"days": "7"}, TODAY).href() == "/watch?days=7"
    assert chosen.decisions(date(2026, 3, 2), date(2026, 3, 2), "refused").startswith(
        "/watch/decisions?since=2026-03-02"
    )
