"""A decision as a sentence."""

from desk.language.decision_words import headline


def test_the_decision_is_a_sentence_with_the_two_figures_that_it_rests_on():
    assert headline("refused", 0.13, 1 / 11, "en") == (
        "Refused. A default is expected in 13 of 100 such loans; from 9 of 100 on, a loan is refused."
    )


def test_figures_that_round_alike_are_told_apart():
    sentence = headline("granted", 0.0902, 1 / 11, "en")

    assert sentence == "Granted. A default is expected in 9.0 of 100 such loans; from 9.1 of 100 on, a loan is refused."
