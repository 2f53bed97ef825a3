"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "certificate.print": _l("Certificates issued"),
        "signature_sheet.print": _l("Signature sheets printed"),
        "attendance_report.print": _l("Attendance report printed"),
    }
)
