"""Telling people from programs: the trap, the stamp, and what is let through."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import robots
from tests.factories import NOW

KEY = "k" * 40


@pytest.fixture
def strict(app, monkeypatch):
    """An application that asks for two seconds."""
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], signup_seconds=2, secret_key=KEY))
    return app


def check(app, now=NOW, **fields):
    with app.test_request_context("/", method="POST", data=fields):
        robots.check(now)


def test_form_that_took_its_time_is_let_through(strict):
    stamp = robots.make_stamp(KEY, NOW - timedelta(seconds=2))

    check(strict, form_stamp=stamp, form_notes_2="")


def test_form_without_stamp_is_let_through(strict):
    """People script against the addresses, and other limits hold for them."""
    check(strict, first_name="Bob")


def test_form_sent_too_soon_is_held_back(strict):
    stamp = robots.make_stamp(KEY, NOW - timedelta(seconds=1.9))

    with pytest.raises(robots.SentTooSoon):
        check(strict, form_stamp=stamp)


@pytest.mark.parametrize("stamp", ["", "x", "0.", "0.0", "18c0000000.abc", "💥.💥", ".", "1." + "0" * 32])
def test_stamp_that_is_not_ours_is_held_back(strict, stamp):
    with pytest.raises(robots.SentTooSoon):
        check(strict, form_stamp=stamp)


def test_stamp_made_with_another_key_is_held_back(strict):
    with pytest.raises(robots.SentTooSoon):
        check(strict, form_stamp=robots.make_stamp("other" * 8, NOW - timedelta(hours=1)))


def test_trap_filled_in_is_held_back_however_slowly(strict):
    stamp = robots.make_stamp(KEY, NOW - timedelta(hours=1))

    with pytest.raises(robots.TrapFilled):
        check(strict, form_stamp=stamp, form_notes_2="http://example.org")


def test_zero_turns_the_minimum_time_off(app):
    assert app.config["SETTINGS"].signup_seconds == 0

    check(app, form_stamp=robots.make_stamp(app.config["SETTINGS"].secret_key, NOW))


def test_form_shown_again_keeps_its_own_stamp_and_no_other(strict):
    ours, foreign = robots.make_stamp(KEY, NOW), robots.make_stamp("other" * 8, NOW)

    with strict.test_request_context("/", method="POST", data={"form_stamp": ours}):
        kept = robots.keep_stamp()
    with strict.test_request_context("/", method="POST", data={"form_stamp": foreign}):
        replaced = robots.keep_stamp()

    assert kept == ours
    assert replaced not in {ours, foreign}
