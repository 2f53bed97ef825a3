"""What these tests read from pages and from the database."""

import re

from sqlalchemy import func, select

from core.database import db

LIST = "/gestio/jornades/jornada/inscripcions"
PAGES = "/gestio/jornades/jornada/inscripcio"


HEADER = "nom;cognoms;email;entitat;sessions;assistència"


HOSTILE = "<b>&\"'=1+1</b>"


def count(model):
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(model))


def names(response):
    """The people shown, in order."""
    return [
        re.sub(r"\s+", " ", name)
        for name in re.findall(r'<th scope="row">\s*<a href="[^"]*"><bdi>(.*?)</bdi></a>', response.text)
    ]


def flashed(response):
    return re.findall(r'<p class="notice[^"]*" role="status">(.*?)</p>', response.text)


def fresh(row):
    db.session.expire_all()
    return row
