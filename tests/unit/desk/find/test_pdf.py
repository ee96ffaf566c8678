"""A letter as PDF: tagged, in its language, one page, the same bytes for the same document."""

import re
import sys
import zlib

import pytest

from desk.find.letter import letter_of
from desk.find.letter_page import STYLESHEET
from desk.find.pdf import pdf_of
from desk.page import spoken, templates
from desk.problems import Problem
from steps.run.letters import Letters

SENDER = Letters(lender="Nörthern <Bank>", department="Credit", address=("1 Harbour Street", "1000 Northport"))


def document(past, language: str = "en", sender: Letters = SENDER) -> str:
    letter = letter_of(past, sender, language)
    return templates().get_template("letter/document.html.j2").render(**spoken(language), letter=letter)


def unpacked(pdf: bytes) -> bytes:
    """The file with the content of its compressed streams behind it."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    opened = [zlib.decompress(each) for each in streams if each[:1] == b"\x78"]
    return pdf + b"\n".join(opened)


@pytest.fixture
def written(past) -> bytes:
    return pdf_of(document(past()), STYLESHEET)


def test_the_file_says_that_it_is_pdf_ua_1_and_has_what_that_asks_for(written):
    content = unpacked(written)

    assert written.startswith(b"%PDF-1.7")
    assert re.search(rb'pdfuaid:part="1"', content)
    assert re.search(rb"/MarkInfo\s*<<\s*/Marked true", content)
    assert re.search(rb"/StructTreeRoot \d+ 0 R", content)
    assert re.search(rb"/Lang \(en\)", content)
    assert re.search(rb"/DisplayDocTitle true", content)
    assert re.search(rb"/Title \(Our decision on your application for credit\)", content)
    for tag in (b"/H1", b"/H2", b"/P", b"/L", b"/LI"):
        assert re.search(rb"/S " + tag + rb"\b", content), tag


def test_each_font_is_in_the_file(written):
    content = unpacked(written)

    fonts = len(re.findall(rb"/Type /FontDescriptor", content))
    assert fonts > 0
    assert len(re.findall(rb"/FontFile[23]? \d+ 0 R", content)) == fonts


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_letter_with_all_its_parts_fits_on_one_page(past, language):
    reasons = [{**each, "text": f"{each['text']} {number}"} for number in (1, 2) for each in past().reasons]

    content = unpacked(pdf_of(document(past(reasons=reasons), language), STYLESHEET))

    assert len(re.findall(rb"/Type /Page\b", content)) == 1
    assert re.search(rb"/MediaBox \[0 0 595\.\d+ 841\.\d+\]", content)  # A4, in points


def test_the_same_decision_gives_the_same_bytes_and_another_language_others(past):
    first, again = (pdf_of(document(past()), STYLESHEET) for _ in range(2))

    assert first == again
    assert re.search(rb"/CreationDate \(D:20260301120000Z\)", unpacked(first))  # of the decision
    assert pdf_of(document(past(), "fr"), STYLESHEET) != first


def test_words_of_people_are_text_and_no_markup(past, answered):
    text = document(past([], [answered("refused", reason="<img src='http://elsewhere.example/x.png'><b>no</b>")]))

    assert "&lt;img" in text
    assert "<b>" not in text


def test_notices_are_in_refusals_of_their_language_alone(past, answered):
    sender = SENDER.model_copy(update={"notices": {"en": ("Where to find advice.",)}})

    assert "Where to find advice." in document(past(), "en", sender)
    assert "Where to find advice." not in document(past(), "fr", sender)
    assert "Where to find advice." not in document(past([], [answered("granted")]), "en", sender)


def test_nothing_is_fetched(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("S3CRET-8812", "utf-8")
    hostile = f"<title>t</title><link rel=attachment href='{secret.as_uri()}'><img src='{secret.as_uri()}'>"

    assert b"S3CRET-8812" not in unpacked(pdf_of(hostile, STYLESHEET))


def test_a_machine_that_lacks_what_draws_the_text_is_a_sentence(monkeypatch, past):
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    with pytest.raises(Problem, match=r"letter\.no_pdf"):
        pdf_of(document(past()), STYLESHEET)
