"""The acts of this room on an event in words, for the trail; those on a registration stand in `history`."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "registration.export": _l("List taken as a file"),
        "registration.import": _l("Attendees imported"),
        "registration.undo_import": _l("Import of attendees undone"),
        "event.do_bulk": _l("Done to several people at once"),
        "event.undo_bulk": _l("Undone for several people at once"),
        "event.export_trail": _l("Trail taken as a file"),
        "event.offer_supports": _l("Supports that the form offers changed"),
        "event.reserve_places": _l("Places kept for groups changed"),
        "event.send_refused_again": _l("Refused mails sent again"),
        "invitation.create": _l("Invitation made"),
        "invitation.update": _l("Invitation changed"),
        "invitation.revoke": _l("Invitation revoked"),
        "invitation.restore": _l("Invitation valid again"),
        "list_profile.create": _l("List of one’s own made"),
        "list_profile.change": _l("List of one’s own changed"),
        "list_profile.delete": _l("List of one’s own deleted"),
        "question.create": _l("Question added"),
        "question.update": _l("Question changed"),
        "question.move": _l("Question put elsewhere in the order"),
        "question.withdraw": _l("Question withdrawn"),
        "question.restore": _l("Question asked again"),
        "question.delete": _l("Question deleted"),
    }
)
