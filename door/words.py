"""The words of the door: those its page speaks by itself, without a network, and those that follow a form."""

from flask_babel import gettext as _

from door.models import DoorOutcome


def page_words() -> dict[str, object]:
    """Every word that the page shows by script, in the language of the request; `{…}` is filled in there."""
    return {
        "answers": _answers(),
        "sources": {
            "list": _("from the list"),
            "file": _("from a file"),
            "code": _("by code"),
            "paper": _("from the paper sheet"),
            "self": _("by self check-in"),
        },
        "main": _("Main door: each person’s first session now"),
        "records": _("Records: {session}"),
        "recorded_at": _("Recorded at {session}"),
        "no_session": _("There is no session to record: choose one above."),
        "by_this": _("this device"),
        "in_at": _("In since {time}, {who}."),
        "other_let_in": _("{who} let them in at {time}."),
        "chose": _("Their session: {sessions}"),
        "none_chosen": _("no session chosen"),
        "waits_for": _("Waits for: {sessions}"),
        "check_in": _("Check in"),
        "check_in_anyway": _("Let them in anyway"),
        "in_again": _("Back in since {time}."),
        "leave": _("Record that they leave"),
        "leave_anyway": _("Record that they leave anyway"),
        "leaves": _("Records that they leave: {session}"),
        "left_session": _("Left {session}"),
        "left_at": _("Out since {time}."),
        "not_in": _("Nobody has recorded that they came in."),
        "undo_leaving": _("Undo the leaving"),
        "undo_leaving_of": _("Undo the leaving: {name}"),
        "undone_leaving": _("Taken back: {name} has not left {session}."),
        "undone_back": _("Taken back: {name} has not come back to {session}."),
        "direction": {"in": _("Entrance"), "out": _("Exit")},
        "undo": _("Undo"),
        "undo_of": _("Undo: {name}"),
        "undone": _("Taken back: {name} is not checked in at {session}."),
        "results": [_("{n} person found"), _("{n} people found")],
        "more": _("and {n} more: type more letters"),
        "no_match": _("Nobody on the list is called “{text}”."),
        "more_letters": _("Type at least three letters, or scan a code."),
        "as_walk_in": _("Add “{text}” as a walk-in"),
        "keep_code": _("Let them in, and check the code when there is a network"),
        "kept_code": _("The code is kept and checked when there is a network."),
        "count_came": [_("{n} person is in"), _("{n} people are in")],
        "count_of": _("of {n} expected"),
        "count_inside": [_("{n} person is inside"), _("{n} people are inside")],
        "count_left": [_("{n} has left"), _("{n} have left")],
        "count_expected": [_("{n} is expected"), _("{n} are expected")],
        "waiting_acts": [
            _("{n} act waits to be sent"),
            _("{n} acts wait to be sent"),
        ],
        "all_sent": _("Everything is sent"),
        "offline": _("No network: it goes on without"),
        "online": _("Connected"),
        "list_from": _("list of {time}"),
        "no_list": _("This device has no list yet: it needs the network once."),
        "no_storage": _("This browser keeps nothing: do not close this page while acts wait."),
        "log_in": _("You are logged out. Log in again on this device; what waits is kept and will be sent."),
        "log_in_link": _("Log in"),
        "gone": {
            "revoked": _("This door link has been revoked. The list is deleted from this device."),
            "expired": _("This door link has expired. The list is deleted from this device."),
            "over": _("The event is over. The list is deleted from this device."),
            "cancelled": _("The event is cancelled. The list is deleted from this device."),
            "early": _("The door is not open yet."),
            "no_link": _("Open the door link again on this device. What waits is kept and will be sent."),
            "forbidden": _("You may no longer keep this door. The list is deleted from this device."),
        },
        "walk_in_full": _("All {capacity} places are taken: {taken} people have one. Let them in above capacity?"),
        "walk_in_full_session": _(
            "All {capacity} places of {session} are taken: {taken} people have one. Let them in above capacity?"
        ),
        "walk_in_over": _("Yes, above capacity"),
        "walk_in_same": _("There is somebody with this name. Is it this person?"),
        "walk_in_other": _("No, it is somebody else"),
        "walk_in_name": _("Write the name."),
        "walk_in_where": _("Choose a session above: a walk-in is recorded in one."),
        "leave_it": _("No, leave it"),
        "namesake": _("There is another person with this name: {name}. If it is the same person, undo one."),
        "over_after": _("{name} came in above capacity: the last place had gone in the meantime."),
        "refused": _("The server did not take an act about {name}. Look for them in the list."),
        "unknown_after": _("Nobody has the code {code}. Somebody was let in with it."),
        "dismiss": _("Seen"),
        "scan": _("Scan codes with the camera"),
        "scan_stop": _("Stop the camera"),
        "scan_failed": _("The camera cannot be used: {why}"),
        "scan_denied": _("it is not allowed. Allow it in the settings of the browser."),
        "scan_none": _("there is none, or another program uses it."),
        "sound_on": _("Sound: on"),
        "sound_off": _("Sound: off"),
        "forget_ask": _("Delete the list from this device?"),
        "forget_lose": [
            _("{n} act that waits to be sent would be lost."),
            _("{n} acts that wait to be sent would be lost."),
        ],
        "forget_yes": _("Yes, forget it all"),
        "device_default": _("Door {letters}"),
    }


def flash_words(outcome: DoorOutcome, *, is_leaving: bool = False) -> tuple[str, str]:
    """What is said after a form, and in what tone."""
    if is_leaving and outcome is DoorOutcome.RECORDED:
        return _("Leaving recorded."), "good"
    words = {
        DoorOutcome.RECORDED: (_("Welcome. Checked in."), "good"),
        DoorOutcome.ADDED: (_("Welcome. They are on the list and checked in."), "good"),
        DoorOutcome.OVER_CAPACITY: (_("They are on the list and checked in, above capacity."), "warn"),
        DoorOutcome.MERGED: (_("They were in already; that record stands."), "warn"),
        DoorOutcome.UNDONE: (_("Taken back."), "good"),
        DoorOutcome.TAKEN_BACK: (_("This had been taken back already."), "warn"),
        DoorOutcome.UNKNOWN: (_("Nobody on the list has this code."), "bad"),
        DoorOutcome.REFUSED: (_("This could not be done. Nothing has changed."), "bad"),
    }
    return words[outcome]


def _answers() -> dict[str, str]:
    return {
        "ready": _("Ready"),
        "welcome": _("Welcome"),
        "already": _("Already in"),
        "other": _("Another session"),
        "waiting": _("Waiting list"),
        "pending": _("Not confirmed"),
        "cancelled": _("Cancelled"),
        "unknown": _("Unknown"),
        "found": _("On the list"),
        "undone": _("Taken back"),
        "added": _("Welcome"),
        "ask": _("Above capacity?"),
        "same": _("Same name"),
        "left": _("Exit recorded"),
        "gone": _("Already out"),
        "absent": _("Not inside"),
    }
