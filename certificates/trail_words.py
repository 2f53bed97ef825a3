"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "certificate.print": _l("Certificates issued"),
        "certificate.reissue": _l("Certificate issued anew"),
        "certificate.revoke": _l("Certificate revoked"),
        "certificate_run.start": _l("Certificates issued together"),
        "certificate_run.stop": _l("Issuing of certificates stopped"),
        "certificate_run.resume": _l("Issuing of certificates taken up again"),
        "certificate_run.take": _l("File of certificates downloaded"),
        "certificate_role.set": _l("Role for the certificate set"),
        "certificate_role.remove": _l("Role for the certificate taken away"),
        "certificate_rules.update": _l("Rules of the certificates changed"),
        "certificate_rules.set_signature": _l("Picture of the signature set"),
        "certificate_rules.remove_signature": _l("Picture of the signature taken away"),
        "signature_sheet.print": _l("Signature sheets printed"),
        "attendance_report.print": _l("Attendance report printed"),
    }
)
