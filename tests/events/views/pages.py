"""How these tests send forms, and look at what was written."""

import re
from html import unescape
from typing import NamedTuple

from sqlalchemy import select

from core.database import db

DESK = "/gestio/jornades/jornada"


def post(client, address, data=None, **changes):
    return client.post(address, data={**(data or {}), **changes})


def only(model):
    db.session.expire_all()
    return db.session.scalars(select(model)).one()


class Home(NamedTuple):
    """What the home of an event says: what needs somebody, the next step, the other steps with their notes."""

    needs: list[str]
    next_step: str
    due: list[str]
    later: list[str]
    done: list[str]


def read_home(client, slug="jornada"):
    html = client.get(f"/gestio/jornades/{slug}").text
    return Home(
        needs=_texts(_part(html, '<ul class="plain needs">', "</ul>"), r"<li.*?<bdi>(.*?)</bdi>"),
        next_step=next(iter(_texts(html, r'<p class="lead">(.*?)</p>')), ""),
        due=_texts(_part(html, '<ul class="plain steps">', "</ul>"), _STEP),
        later=_texts(_part(html, '<ul class="plain steps steps--later">', "</ul>"), _STEP),
        done=_texts(_part(html, '<details class="steps-done">', "</details>"), _STEP),
    )


_STEP = r'<li class="step"><span>(.*?)</span>(?:\s*<a|</li>|\s*</li>)'


def _part(html, start, end):
    return html.partition(start)[2].partition(end)[0] if start in html else ""


def _texts(html, pattern):
    return [unescape(re.sub(r"<[^>]+>", "", found)).strip() for found in re.findall(pattern, html, re.DOTALL)]
