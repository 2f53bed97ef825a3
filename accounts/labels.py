"""The words people read for roles and formulas, in one place."""

from flask_babel import lazy_gettext as _l

from accounts.models import CertificateFormula, StaffRole

ROLES = {
    StaffRole.ADMINISTRATOR: _l("administrator"),
    StaffRole.ORGANISER: _l("organiser"),
    StaffRole.FACILITATOR: _l("facilitator"),
    StaffRole.DOOR: _l("door"),
    StaffRole.VIEWER: _l("viewer"),
}

WHAT_ROLES_DO = {
    StaffRole.ADMINISTRATOR: _l("Everything, and who has an account."),
    StaffRole.ORGANISER: _l("Programmes, registrations, papers and the team’s settings."),
    StaffRole.FACILITATOR: _l("Writes down contributions and proposals. Sees no list of people."),
    StaffRole.DOOR: _l("Sees who is registered and records who came."),
    StaffRole.VIEWER: _l("Reads contributions and figures. Sees no list of people."),
}

CERTIFICATE_FORMULAS = {
    CertificateFormula.CERTIFIES: _l("I certify"),
    CertificateFormula.STATES: _l("I state for the record"),
}
