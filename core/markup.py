"""A small, safe Markdown for descriptions: headings, lists, emphasis, links; never raw HTML."""

import re
from html import escape, unescape

import nh3
from markdown import Markdown
from markupsafe import Markup

_TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "a", "blockquote", "h2", "h3", "h4", "h5", "h6", "hr"}
# The time that Markdown takes over these signs grows with the square of their number; with more they mean nothing.
MAX_SIGNS = 300
_LIVE_SIGNS = {sign: re.compile(r"(?<!\\)\\*" + re.escape(sign)) for sign in "[`"}
_HEADING = re.compile("(</?h)([1-6])>")


def render_markdown(text: str, level: int = 3) -> Markup:
    """Turn Markdown into HTML that holds nothing but text structure and http, https and mailto links.

    Headings start at `level`, under the page's own, and skip none: a screen reader reads them as the page's contents.
    """
    if not text:
        return Markup("")
    for sign, live in _LIVE_SIGNS.items():
        if text.count(sign) > MAX_SIGNS:
            text = live.sub(rf"\\{sign}", text)  # one backslash before each, not one more: two would free it again
    markdown = Markdown(extensions=["sane_lists", "nl2br"], output_format="html")
    markdown.preprocessors.deregister("html_block")  # without these two, tags that somebody types are shown as typed
    markdown.inlinePatterns.deregister("html")
    try:
        html = markdown.convert(text)
    except RecursionError:  # hundreds of lists in lists: nobody's description
        html = f"<p>{escape(text)}</p>"
    used = sorted({found[2] for found in _HEADING.finditer(html)})
    html = _HEADING.sub(lambda found: f"{found[1]}{min(level + used.index(found[2]), 6)}>", html)
    return Markup(  # noqa: S704 - nh3 has just cleaned it; that is this function's whole purpose
        nh3.clean(
            html,
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener nofollow",
        )
    )


def plain_text(text: str) -> str:
    """The words of a Markdown text on one line, for descriptions in calendars, JSON-LD and page heads."""
    return " ".join(unescape(nh3.clean(render_markdown(text), tags=set())).split())
