"""The words people read about what Decidim asks for, in one place."""

from flask_babel import lazy_gettext as _l

from decidim.exports import SHORTEST_BODY, TITLE_LENGTHS, Problem, Ready, Remark

READY = {
    Ready.PUBLISHED: _l("published ones"),
    Ready.REVIEWED: _l("reviewed and published ones"),
    Ready.ALL: _l("all, as they were said"),
}

PROBLEMS = {
    Problem.TITLE_TOO_SHORT: _l("its title has fewer than %(least)d characters", least=TITLE_LENGTHS[0]),
    Problem.TITLE_TOO_LONG: _l("its title has more than %(most)d characters", most=TITLE_LENGTHS[-1]),
    Problem.BODY_TOO_SHORT: _l("its text has fewer than %(least)d characters", least=SHORTEST_BODY),
    Problem.RUN_BY_SPREADSHEETS: _l("it begins with = + or @, which a spreadsheet would run"),
}

REMARKS = {
    Remark.TITLE_FROM_TEXT: _l("it has no title: it takes its beginning"),
    Remark.ALREADY_THERE: _l("it is on Decidim already and would be there twice"),
}
