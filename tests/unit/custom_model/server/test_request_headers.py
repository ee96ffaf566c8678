"""Headers that may come once."""

from custom_model.server.request_headers import doubled_headers


def test_a_single_header_that_comes_twice_is_a_problem_and_any_other_none():
    headers = [(b"content-type", b"a"), (b"x", b"1"), (b"x", b"2"), (b"content-type", b"a")]

    (problem,) = doubled_headers(headers)

    assert (problem.field, problem.problem) == ("content-type", "expected once, got twice or more")
