"""The words people read for roles, requirements and how a certificate stands, in one place."""

from flask_babel import lazy_gettext as _l

from accounts.models import CertificateFormula
from certificates.models import CertifiedRole, PageSize, Requirement, RunKind, RunState
from certificates.people import Standing

ROLES = {
    CertifiedRole.ATTENDEE: _l("attendance"),
    CertifiedRole.FACILITATOR: _l("facilitation"),
    CertifiedRole.SPEAKER: _l("speaking"),
    CertifiedRole.ORGANISER: _l("organisation of the event"),
}

WHO = {
    CertifiedRole.ATTENDEE: _l("For who attended"),
    CertifiedRole.FACILITATOR: _l("For who facilitated"),
    CertifiedRole.SPEAKER: _l("For who spoke"),
    CertifiedRole.ORGANISER: _l("For who organised"),
}

ADDRESSES = {
    CertifiedRole.FACILITATOR: "facilitacio",
    CertifiedRole.SPEAKER: "ponencia",
    CertifiedRole.ORGANISER: "organitzacio",
}
"""What addresses and file names call what a person did besides attending."""

CERTIFICATES = {
    CertifiedRole.ATTENDEE: _l("Certificate of attendance (PDF)"),
    CertifiedRole.FACILITATOR: _l("Certificate as a facilitator (PDF)"),
    CertifiedRole.SPEAKER: _l("Certificate as a speaker (PDF)"),
    CertifiedRole.ORGANISER: _l("Certificate as an organiser (PDF)"),
}

RUN_KINDS = {
    RunKind.DOCUMENT: _l("All in one PDF"),
    RunKind.ARCHIVE: _l("A ZIP with a PDF for each"),
    RunKind.MAIL: _l("By mail, to each person"),
}

RUN_STATES = {
    RunState.UNDER_WAY: _l("under way"),
    RunState.STOPPED: _l("stopped"),
    RunState.FAILED: _l("failed"),
    RunState.DONE: _l("done"),
}

REQUIREMENTS = {
    Requirement.ANY: _l("whoever attended any session"),
    Requirement.SHARE: _l("whoever attended a share of the hours"),
    Requirement.SESSIONS: _l("whoever attended all of these sessions"),
}

FORMULAS = {
    None: _l("as the team does"),
    CertificateFormula.CERTIFIES: _l("I certify"),
    CertificateFormula.STATES: _l("I state for the record"),
}

PAGE_SIZES = {PageSize.A4: _l("A4"), PageSize.LETTER: _l("Letter (8.5 × 11 in)")}

STANDINGS = {
    Standing.HOLDS: _l("issued"),
    Standing.DUE: _l("to be issued"),
    Standing.FORMER_WORDING: _l("issued, in the former wording"),
    Standing.OUTDATED: _l("corrected since, to be issued anew"),
    Standing.WRONG: _l("issued, and no longer right"),
    Standing.REVOKED: _l("revoked by the organisers"),
    Standing.TOO_LITTLE: _l("attended too little"),
    Standing.NOT_OVER: _l("not over yet"),
    Standing.ABSENT: _l("no attendance recorded"),
}

ADVICE = {
    Standing.FORMER_WORDING: _l(
        "Text, formula, who signs, place or language have changed since. They stand as they are; when you issue"
        " certificates you can choose to issue these anew."
    ),
    Standing.OUTDATED: _l(
        "The person, the event or their attendance was corrected since. Whoever asks for theirs gets the new one; those"
        " who were given the former one hear of it when you issue certificates by mail."
    ),
    Standing.WRONG: _l("Their attendance was corrected since. Revoke it, or correct the attendance."),
    Standing.TOO_LITTLE: _l("Below what the rules ask for. Correct their attendance, or change the rules."),
    Standing.NOT_OVER: _l("It can be issued when what they attended is over."),
    Standing.ABSENT: _l("Confirmed, and nobody has recorded that they came. Record it if they did."),
    Standing.REVOKED: _l("They get none until you issue it anew."),
}
