"""The words that the capture page speaks by itself, without a network."""

from flask_babel import gettext as _

from contributions.labels import ENTRY_KINDS, ENTRY_SOURCES
from contributions.models import EntryKind, EntrySource


def page_words() -> dict[str, object]:
    """Every word that the page shows by script, in the language of the request; `{…}` is filled in there."""
    return {"kinds": {kind.value: str(ENTRY_KINDS[kind]) for kind in EntryKind}} | _saving() | _entries() | _writing()


def _saving() -> dict[str, object]:
    return {
        "all_saved": _("Everything is saved"),
        "waiting": [
            _("{n} waits to be sent: it is on this device"),
            _("{n} wait to be sent: they are on this device"),
        ],
        "not_kept": [
            _("{n} waits to be sent, and this browser keeps nothing: do not close this page"),
            _("{n} wait to be sent, and this browser keeps nothing: do not close this page"),
        ],
        "offline": _("No network: go on writing."),
        "log_in": _("You are logged out: log in again in another tab. What you write is kept here."),
        "log_in_link": _("Log in"),
        "gone": {
            "revoked": _("This link has been revoked: ask for another. What you write is kept here."),
            "expired": _("This link has expired. What was written before is still sent; for more, ask for another."),
            "no_link": _("This browser no longer has the link: open it again. What you write is kept here."),
            "forbidden": _("You may not write in this notebook any more. What you write is kept here."),
        },
        "device": _("Device"),
        "not_sent": _("to be sent"),
        "refused": _("This was not accepted: {why}"),
        "discard": _("Discard it"),
        "late": [
            _("{n} entry came after the notebook was closed."),
            _("{n} entries came after the notebook was closed."),
        ],
        "closed": _("The notebook was closed on {when}."),
        "closed_by": _("{who} closed the notebook on {when}."),
    }


def _entries() -> dict[str, object]:
    return {
        "several": _("said by several people"),
        "written": str(ENTRY_SOURCES[EntrySource.WRITTEN]),
        "withheld": _("not shown in public"),
        "deleted": _("deleted"),
        "grew_from": _("grew from {refs}"),
        "dots": [_("{n} dot"), _("{n} dots")],
        "more_dots": _("One dot more for"),
        "less": _("One dot less for"),
        "edit": _("Edit"),
        "delete": _("Delete"),
        "restore": _("Bring back"),
        "undo": _("Undo"),
        "undone": _("Taken back."),
        "is_deleted": _("{ref} is deleted."),
        "is_merged": _("{ref} is counted in {other} now."),
        "unmerge": _("Take it apart again"),
        "like": _("Like {ref}: “{text}”"),
        "merge_them": _("Put them together"),
        "add_dot": _("Add a dot there instead"),
        "versions": _("Two wrote it at once: choose the version that shall stand"),
        "keep_this": _("Keep this one"),
        "keep_both": _("Keep both as one text"),
        "changed_meanwhile": _("Somebody has just changed this: if you save, both versions stand to choose from."),
    }


def _writing() -> dict[str, object]:
    return {
        "kind": _("Kind"),
        "text": _("What was said"),
        "topic": _("Topic"),
        "new_topic": _("“{name}”, a new topic"),
        "save": _("Save"),
        "leave": _("Leave it as it was"),
        "history": _("History"),
        "origins": _("Grew from"),
        "contributions": _("Contributions"),
        "entries": _("Entries"),
        "find_contribution": _("Number or words of a contribution"),
        "find_entry": _("Number or words of an entry"),
        "take_away": _("Take {ref} away"),
        "merge_into": _("Put together with another"),
        "merge_with": _("With which one?"),
        "pasted": [_("You pasted {n} line"), _("You pasted {n} lines")],
        "write_lines": [_("Record {n} entry"), _("Record {n} entries")],
        "line": _("Line"),
        "switch_kind": _("Press to change it."),
    }
