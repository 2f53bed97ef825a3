"""The words people read for roles and formulas, in one place."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from accounts.models import CertificateFormula, StaffRole

ROLES = {
    StaffRole.ADMINISTRATOR: _l("administrator"),
    StaffRole.ORGANISER: _l("organiser"),
    StaffRole.FACILITATOR: _l("facilitator"),
    StaffRole.DOOR: _l("door"),
    StaffRole.VIEWER: _l("viewer"),
}

ROLES_IN_A_TEAM: dict[StaffRole, LazyString] = {
    role: label for role, label in ROLES.items() if role is not StaffRole.ADMINISTRATOR
}

WHAT_ROLES_DO = {
    StaffRole.ADMINISTRATOR: _l("Everything in every team, who has an account, and which teams there are."),
    StaffRole.ORGANISER: _l("Programmes, registrations and papers; in a team, also its settings and its people."),
    StaffRole.FACILITATOR: _l(
        "Writes down contributions and proposals. Of people, sees only the lists made for facilitators."
    ),
    StaffRole.DOOR: _l("Sees who is registered and records who came. Takes away only the lists made for the door."),
    StaffRole.VIEWER: _l("Reads contributions and figures. Sees no list of people."),
}

CERTIFICATE_FORMULAS = {
    CertificateFormula.CERTIFIES: _l("I certify"),
    CertificateFormula.STATES: _l("I state for the record"),
}
