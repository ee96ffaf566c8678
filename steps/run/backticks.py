"""Commands in a text, which stand in backticks, as code on a page."""

import re

from markupsafe import Markup, escape


def with_code(text: str) -> Markup:
    """The text, escaped; what stands in backticks is marked as code."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))
