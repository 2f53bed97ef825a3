"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "process.create": _l("Process made"),
        "process.update": _l("Process changed"),
        "process.change_team": _l("Process given to another team"),
        "event.create": _l("Event made"),
        "event.copy": _l("Event made as a copy of another"),
        "event.import": _l("Programme imported"),
        "event.update": _l("Event changed"),
        "event.change_team": _l("Event given to another team"),
        "event.publish": _l("Event published"),
        "event.withdraw": _l("Event withdrawn to a draft"),
        "event.cancel": _l("Event cancelled"),
        "event.close": _l("Event closed"),
        "event.add_member": _l("Somebody was added to the event’s people"),
        "event.change_role": _l("Somebody has another role at the event"),
        "event.take_out_member": _l("Somebody was taken off the event’s people"),
        "session.create": _l("Session added"),
        "session.update": _l("Session changed"),
        "session.cancel": _l("Session cancelled"),
        "session.restore": _l("Session held after all"),
        "session.import": _l("Sessions imported"),
        "session.undo_import": _l("Import of sessions undone"),
        "session.delete": _l("Session deleted"),
        "document.create": _l("Document added"),
        "document.update": _l("Document changed"),
        "document.replace": _l("File of a document replaced"),
        "document.publish": _l("Document published"),
        "document.withdraw": _l("Document withdrawn"),
        "document.move": _l("Document put elsewhere in the order"),
        "document.delete": _l("Document deleted"),
    }
)
