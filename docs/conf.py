"""How Sphinx makes the site of the Markdown pages: `make site` writes it to build/site.

The pages are those of the repository, as they are read there: links are relative, and docs/index.md, whose lists are
links, is the order of the site. Sphinx is 62 MB installed against zensical's 97 MB, says of every link and heading
whether it is there, and its index of words is a script, so that a search needs no server.
"""

import re
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
INDEX = "docs/index"
PAGES = ("docs", "data", "README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")

project = "credit-scoring"
html_title = project
extensions = ["myst_parser"]
root_doc = INDEX
include_patterns = ["*.md", "data/README.md", "docs/**.md"]
exclude_patterns = [entry.name for entry in ROOT.iterdir() if entry.name not in PAGES]  # of the user's, and code
suppress_warnings = ["myst.header"]  # a page that a benchmark writes begins its tables at any level
nitpicky = True
myst_heading_anchors = 4
myst_links_external_new_tab = False
templates_path = ["_templates"]
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_additional_pages = {"index": "redirect.html"}
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_show_search_summary = False  # it would be fetched, which a page opened as a file may not


def setup(app: Sphinx) -> None:
    """Connect the site's order; a line of cron is shown as it is."""
    app.connect("source-read", with_navigation)
    app.add_lexer("crontab", TextLexer)


def with_navigation(_app: Sphinx, page: str, source: list[str]) -> None:
    """Add to the index what Sphinx needs of it: a tree for each heading, of the pages that its list links to."""
    if page == INDEX:
        source[0] += "".join(f"\n{tree(title, pages)}\n" for title, pages in sections(source[0]))


def sections(index: str) -> list[tuple[str, list[str]]]:
    """Each heading of the index with the pages of its links, without anchors, each once on the page."""
    found, seen = [], set[str]()
    for part in re.split(r"(?m)^## ", index)[1:]:
        links = [link for link in re.findall(r"(?m)^- \[[^\]]*\]\(([^)#]+\.md)\)", part) if link not in seen]
        seen.update(links)
        found.append((part.splitlines()[0], links))
    return found


def tree(title: str, pages: list[str]) -> str:
    """A hidden table of contents, in MyST's words."""
    listed = "\n".join(page.removesuffix(".md") for page in pages)
    return f"```{{toctree}}\n:hidden:\n:caption: {title}\n\n{listed}\n```"
