"""A document as PDF: tagged, in its language and with its title, as PDF/UA-1 (ISO 14289-1) asks."""

from pathlib import Path

from desk.problems import Problem

VARIANT = "pdf/ua-1"


def pdf_of(document: str, stylesheet: Path) -> bytes:
    """The PDF of an HTML document with this stylesheet; the same document gives the same bytes.

    Nothing is fetched, whatever the document names. Raises `Problem` where this machine lacks what draws the text.
    """
    try:  # here, since a desk without Pango has all other pages
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):
        raise Problem("letter.no_pdf") from None
    nothing = URLFetcher(allowed_protocols=())
    styles = CSS(string=stylesheet.read_text("utf-8"), url_fetcher=nothing)
    written: bytes = HTML(string=document, url_fetcher=nothing).write_pdf(stylesheets=[styles], pdf_variant=VARIANT)
    return written
