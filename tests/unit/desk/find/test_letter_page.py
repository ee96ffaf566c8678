"""What the page of a letter tells the clerk before it is sent."""

from desk.find.letter import Letter, letter_of
from desk.page import spoken, templates
from steps.run.letters import Letters

SENDER = Letters(lender="Northern", email="credit@northern.example", notices={"en": ("Where to find advice.",)})


def page(letter: Letter) -> str:
    of_frame = {"path": "/find", "person": None, "may": lambda right: True}
    return templates().get_template("letter/page.html.j2").render(**spoken("en"), **of_frame, letter=letter, body="")


def test_reasons_and_notices_that_the_language_lacks_are_said(past):
    french = page(letter_of(past(), SENDER, "fr"))

    assert "Reasons without a translation: 1." in french
    assert "in another language, and none in French" in french
    assert 'class="wrong"' not in page(letter_of(past(), SENDER, "en"))


def test_the_clerk_is_asked_to_read_a_persons_own_words(past, answered):
    assert "read them before you send it" in page(letter_of(past([], [answered("refused")]), SENDER, "en"))
    assert "read them before you send it" not in page(letter_of(past([], [answered("granted")]), SENDER, "en"))
