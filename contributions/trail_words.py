"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "entry.import": _l("Contributions imported"),
        "entry.update": _l("Contribution changed"),
        "entry.delete": _l("Contribution deleted"),
        "entry.restore": _l("Contribution taken up again"),
        "notebook.close": _l("Notebook closed"),
        "notebook.reopen": _l("Notebook opened again"),
        "capture_link.create": _l("Capture link made"),
        "capture_link.revoke": _l("Capture link revoked"),
        "entry.theme": _l("Put into a theme"),
        "entry.take_back": _l("Back to collected"),
        "entry.review": _l("Marked as reviewed"),
        "entry.publish": _l("Published"),
        "entry.word": _l("Words for publication changed"),
        "entry.withhold": _l("Withheld from the public"),
        "entry.release": _l("No longer withheld"),
        "entry.merge": _l("Merged into another entry"),
        "entry.unmerge": _l("Parted from another entry"),
        "entry.split": _l("Split"),
        "entry.unsplit": _l("Put together again"),
        "theme.create": _l("Theme added"),
        "theme.update": _l("Theme changed"),
        "theme.delete": _l("Theme deleted"),
        "topic.create": _l("Topic added"),
        "topic.update": _l("Topic changed"),
        "topic.move": _l("Topic moved"),
        "topic.merge": _l("Topics merged"),
        "topic.delete": _l("Topic deleted"),
        "topic.import": _l("Topics taken in"),
        "entry.export": _l("Contributions taken as a file"),
        "event.writing_days": _l("Time for people to write changed"),
    }
)
