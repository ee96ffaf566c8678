"""The page Find: past decisions as they were, what people said about them since, and their letters."""

from starlette.routing import Route

from desk.find import again_page, answering, decision_page, find_page, letter_page

ROUTES: list[Route] = [
    Route("/find", find_page.latest, methods=["GET"]),
    Route("/find", find_page.search, methods=["POST"]),
    Route("/find/decision/{decision}", decision_page.decision, methods=["GET"]),
    Route("/find/decision/{decision}/contest", answering.contest, methods=["POST"]),
    Route("/find/decision/{decision}/answer", answering.answer, methods=["POST"]),
    Route("/find/decision/{decision}/again", again_page.decide_again, methods=["POST"]),
    Route("/find/decision/{decision}/letter", letter_page.letter, methods=["GET"]),
    Route("/find/decision/{decision}/letter.pdf", letter_page.letter_pdf, methods=["GET"]),
]
