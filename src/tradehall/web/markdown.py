"""Markdown as HTML. HTML in it is shown as text; links lead where they say, and pictures are left out."""

from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

# Links to scripts and the like are refused by the library itself.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@lru_cache(maxsize=500)
def markdown(text: str) -> Markup:
    """Its headings begin at the second level: the page has the first."""
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
    return Markup(_markdown.renderer.render(tokens, _markdown.options, {}))
