"""The colours of topics pass contrast as text, by day and by night (WCAG 2.2, 1.4.3 and 1.4.6: 4.5 and 7 to 1)."""

import re
from pathlib import Path

import pytest

from contributions.models import TopicColour

CSS = (Path(__file__).resolve().parents[2] / "static" / "app.css").read_text()
DAY, NIGHT = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
)
GROUNDS = ("paper", "card", "accent-soft")


def luminance(colour):
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard():
    assert (round(contrast("#000000", "#ffffff")), round(contrast("#777777", "#ffffff"), 2)) == (21, 4.48)


@pytest.mark.parametrize("colour", TopicColour)
@pytest.mark.parametrize("palette", [DAY, NIGHT], ids=["day", "night"])
def test_each_colour_can_be_read_on_paper_and_on_what_is_chosen(palette, colour):
    ratios = [contrast(palette[f"topic-{colour.value}"], palette[ground]) for ground in GROUNDS]

    assert [ratio >= limit for ratio, limit in zip(ratios, (6, 6, 5), strict=True)] == [True, True, True]


@pytest.mark.parametrize("colour", TopicColour)
def test_each_colour_has_its_class(colour):
    assert f".topic--{colour.value} {{ color: var(--topic-{colour.value}); }}" in CSS


@pytest.mark.parametrize("palette", [DAY, NIGHT], ids=["day", "night"])
def test_no_two_colours_are_the_same(palette):
    assert len({palette[f"topic-{colour.value}"] for colour in TopicColour}) == len(TopicColour)
