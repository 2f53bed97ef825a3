"""What a certificate states: frozen as JSON, and hours that nobody was twice in."""

import json
from datetime import timedelta

from tests.certificates.samples import make_certified, make_content


def test_content_comes_back_from_json_as_it_was():
    content = make_content(name="Zoë <b>&\"'=1+1 李 😀")

    again = type(content).from_json(json.loads(json.dumps(content.as_json())))

    assert again == content
    assert again.as_json() == content.as_json()


def test_hours_are_those_of_all_sessions():
    content = make_content(sessions=(make_certified(hours=1), make_certified("T2", hours=1.5, after=2)))

    assert content.duration == timedelta(hours=2, minutes=30)
    assert not content.has_overlap


def test_hours_that_nobody_told_are_certified_to_nobody():
    """From the first to the last minute of a day, in the zone of the event."""
    untold = make_certified("T1", hours=24 - 1 / 60, after=-9.5)

    content = make_content(sessions=(untold, make_certified("T2", hours=2)))

    assert (content.duration, content.has_overlap) == (timedelta(hours=2), False)
    assert make_content(sessions=(untold,)).timed == ()


def test_hours_of_overlapping_sessions_count_once():
    content = make_content(
        sessions=(
            make_certified("T1", hours=3),
            make_certified("T2", hours=1, after=1),
            make_certified("T3", hours=2, after=2.5),
        )
    )

    assert content.duration == timedelta(hours=4, minutes=30)
    assert content.has_overlap
