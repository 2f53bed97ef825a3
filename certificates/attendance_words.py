"""The words people read for what an attendance report is for, and for what it does not tell."""

from flask_babel import lazy_gettext as _l

from certificates.attendance_content import Purpose

PURPOSES = {
    Purpose.FILE: _l("For the file: with the names of who was in each session"),
    Purpose.FUNDER: _l("For the funder: all numbers, and no names"),
    Purpose.PUBLIC: _l("For publication: no names, and no numbers of fewer than five people"),
}

SAID = {
    Purpose.FILE: _l("With the names of people: for the file of the organisers only."),
    Purpose.FUNDER: _l("Without names of people."),
    Purpose.PUBLIC: _l("For publication: without names, and without numbers of few people."),
}

UNTOLD = _l("None of these numbers can be told: from them it could be worked out where people are few.")
