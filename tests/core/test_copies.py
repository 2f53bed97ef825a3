"""Copies taken apart at their holes and filled again, and the store that keeps them."""

import json
from datetime import timedelta
from functools import partial

from core import copies
from core.copies import CopiedPage, Copy, Own, Recording, Slot, Store
from events.live import Places
from tests.factories import NOW

LEFT = Slot("events/_live.html", "places_left", "a")
PAGE = CopiedPage("/", None, None, lambda counters: {"a": Places(int(counters), 0)})


def record(html, *, variant=None, until=None, choose=None):
    recording = Recording()
    recording.keep(html(recording) if callable(html) else html, is_personal=False)
    recording.variant, recording.until = variant, until
    if choose:
        recording.choose = choose
    return recording


def text(filled):
    return b"".join(piece for piece in filled.pieces if isinstance(piece, bytes)).decode()


def test_page_is_taken_apart_at_its_holes():
    recording = record(lambda made: f"<p>{made.mark(LEFT)}</p><i>{made.mark(Own.CSRF_TOKEN)}</i>{made.mark(LEFT)}")

    assert recording.copy.pieces == [b"<p>", LEFT, b"</p><i>", Own.CSRF_TOKEN, b"</i>", LEFT, b""]


def test_hole_stands_in_json_as_a_number():
    def render(made):
        return json.dumps({"left": int(made.mark(LEFT))})

    assert record(render).copy.pieces == [b'{"left": ', LEFT, b"}"]


def test_text_cannot_forge_a_hole():
    other = Recording()
    forged = f"{other.mark(LEFT)} {'9' * 42} 12345678901234567890123456789012345678{'0000'} {{{{ live('x') }}}}"

    recording = record(lambda made: str(forged) + str(made.mark(LEFT)))

    assert recording.copy.pieces == [forged.encode(), LEFT, b""]


def test_holes_are_filled_in_the_language(app):
    store = Store(app)
    copy = Copy([b"<", LEFT, b">"], is_personal=False)

    filled = [text(store.fill(PAGE, copy, str(number), language)) for number, language in ((1, "ca"), (2, "es"))]

    assert filled == ["<queda 1 plaça>", "<quedan 2 plazas>"]


def test_same_numbers_give_the_same_filling_and_others_another_mark(app):
    store = Store(app)
    copy = Copy([b"<", LEFT, Own.FORM_STAMP, b">"], is_personal=True)

    first = store.fill(PAGE, copy, "3", "ca")
    again = store.fill(PAGE, copy, "3", "ca")
    other = store.fill(PAGE, copy, "2", "ca")

    assert first is again
    assert first.etag != other.etag
    assert first.pieces == (b"<queden 3 places", Own.FORM_STAMP, b">")


def test_store_forgets_under_another_mark_and_after_its_time(app):
    store = Store(app)
    store.keep("key", "mark", record("x", until=NOW))

    assert store.find("key", "mark", NOW - timedelta(seconds=1)).copies[None].pieces == [b"x"]
    assert store.find("key", "mark", NOW) is None
    assert store.find("key", "other", NOW - timedelta(seconds=1)) is None
    assert store.find("other", "mark", NOW - timedelta(seconds=1)) is None


def test_variants_of_one_page_are_kept_side_by_side(app):
    store = Store(app)
    for variant in ("open", "full"):
        store.keep("key", "mark", record(variant, variant=variant))

    assert set(store.find("key", "mark", NOW).copies) == {"open", "full"}


def test_store_is_bounded(app):
    store = Store(app)
    for number in range(copies.MAX_COPIES + 5):
        store.keep(number, "mark", record("x"))
    for number in range(copies.MAX_VARIANTS + 5):
        store.keep("key", "mark", record("x", variant=number))
    fill = partial(store.fill, PAGE, language="ca")
    for number in range(5):
        fill(copy=Copy([LEFT], is_personal=False), counters=str(number))

    assert store.find(0, "mark", NOW) is None
    assert len(store._kept) == copies.MAX_COPIES
    assert len(store.find("key", "mark", NOW).copies) == copies.MAX_VARIANTS
    assert len(store._fragments) == 5
