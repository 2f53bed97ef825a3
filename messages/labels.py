"""The words people read for the fields and the states of messages, in one place."""

from flask_babel import lazy_gettext as _l

from messages.models import MessageState
from messages.texts import Field

# What each field of a message becomes for a person.
FIELDS = {
    Field.FIRST_NAME: _l("first name"),
    Field.LAST_NAME: _l("last name"),
    Field.ORGANISATION: _l("organisation"),
    Field.SESSIONS: _l("their sessions, with hour and room"),
    Field.LINK: _l("the link to their own page, where they change or cancel"),
    Field.CODE: _l("their code, if they have a place"),
    Field.EVENT: _l("the title of the event"),
    Field.WHEN: _l("day and hours"),
    Field.PLACE: _l("venue and address"),
    Field.PROGRAMME: _l("the link to the programme"),
}

STATES = {
    MessageState.DRAFT: _l("draft"),
    MessageState.SENDING: _l("on its way"),
    MessageState.STOPPED: _l("stopped"),
    MessageState.SENT: _l("sent to everybody"),
}
