"""A small Markdown that cannot carry anything but text."""

import re
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.markup import plain_text, render_markdown


def test_the_structures_a_description_needs():
    text = (
        "# Objectius\n\nPrimer **dia**:\n\n- un\n- dos\n\nVegeu [el web](https://example.org/a?b=1&c=2).\nSegona línia."
    )

    assert render_markdown(text) == (
        "<h3>Objectius</h3>\n<p>Primer <strong>dia</strong>:</p>\n<ul>\n<li>un</li>\n<li>dos</li>\n</ul>\n<p>Vegeu "
        '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener nofollow">el web</a>.<br>\nSegona línia.</p>'
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<b>no</b>", "<p>&lt;b&gt;no&lt;/b&gt;</p>"),
        ("menys de 5 < 6 & més", "<p>menys de 5 &lt; 6 &amp; més</p>"),
        ("[x](javascript:alert(1))", '<p><a rel="noopener nofollow">x</a></p>'),
        ("[x](JaVaScRiPt&#58;alert(1))", '<p><a rel="noopener nofollow">x</a></p>'),
        ("[x](data:text/html;base64,PHN)", '<p><a rel="noopener nofollow">x</a></p>'),
        ("![x](https://example.org/pixel.png)", "<p></p>"),
        (
            "<https://example.org>",
            '<p><a href="https://example.org" rel="noopener nofollow">https://example.org</a></p>',
        ),
        ("[a](mailto:equip@example.org)", '<p><a href="mailto:equip@example.org" rel="noopener nofollow">a</a></p>'),
        ("h1\n==\n\nh2\n--\n\n###### h6", "<h3>h1</h3>\n<h4>h2</h4>\n<h5>h6</h5>"),
        ("### primer\n\n# segon", "<h4>primer</h4>\n<h3>segon</h3>"),
    ],
)
def test_what_becomes_of_it(text, html):
    assert render_markdown(text) == html


def test_headings_stand_under_those_of_the_page():
    assert render_markdown("# a\n\n## b", 2) == "<h2>a</h2>\n<h3>b</h3>"
    assert render_markdown("# a\n\n## b\n\n### c", 5) == "<h5>a</h5>\n<h6>b</h6>\n<h6>c</h6>"


HOSTILE = [
    "<script>",
    "<img src=x onerror=alert(1)>",
    "javascript:",
    "](",
    "[",
    "`",
    "\n",
    "    ",
    "> ",
    "- ",
    "&lt;",
    "\x00",
    "<!--",
    "{:",
]


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=12).map("".join))
def test_nothing_but_known_tags_and_links_comes_out(text):
    html = str(render_markdown(text))

    tags = set(re.findall(r"</?([a-zA-Z0-9]+)", html))
    assert tags <= {"p", "br", "em", "strong", "ul", "ol", "li", "a", "blockquote", "h3", "h4", "h5", "h6", "hr"}
    assert set(re.findall(r"<[a-z]+ ([a-z]+)=", html)) <= {"href", "rel"}
    assert all(
        address.startswith(("http://", "https://", "mailto:", "/", "#", "?")) or ":" not in address
        for address in re.findall(r'href="([^"]*)"', html)
    )


@pytest.mark.parametrize(
    "text", [">" * 3000 + " x", "- " * 500 + "x", "[" * 10_000, "[a](" * 9000, "*" * 5000, "(" * 3000 + "x"]
)
def test_deep_nesting_is_survived(text):
    assert render_markdown(text) is not None


def test_plain_text_keeps_the_words_only():
    assert plain_text("# Títol\n\n- **un** & <b>\n- [dos](https://example.org)") == "Títol un & <b> dos"


@pytest.mark.parametrize("text", ["[" * 20_000, "\\[" * 10_000, "![" * 10_000, "\\\\\\[" * 5_000, "``a`" * 5_000])
def test_signs_that_take_for_ever_mean_nothing_when_there_are_too_many(text):
    started = monotonic()

    assert plain_text(text).count("<") == 0
    assert monotonic() - started < 5
