"""What everybody may read, and nothing else."""

import pytest

from contributions import publications, sorting
from contributions.models import EntryAuthor, EntryKind, EntryState
from contributions.publications import PublicFilter, ReasonMissing
from core.database import db
from events.models import EventState
from tests import factories

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app):
    return factories.make_event(process_id=factories.make_process().id)


@pytest.fixture
def session(event):
    return factories.make_session(event)


@pytest.fixture
def who(app):
    return {"by": factories.make_staff(), "now": factories.NOW}


def publish(session, **values):
    return factories.make_entry(session, state=EntryState.PUBLISHED, **values)


def shown(owner, **chosen):
    return [entry.code for entry in db.session.scalars(publications.select_public(owner, PublicFilter(**chosen)))]


def test_only_what_is_published_and_stands_is_shown(event, session):
    entry = publish(session)
    factories.make_entry(session)
    factories.make_entry(session, state=EntryState.REVIEWED)
    publish(session, withheld_at=factories.NOW)
    publish(session, deleted_at=factories.NOW)
    publish(session, merged_into_id=entry.id)

    assert (shown(event), shown(event.process)) == (["T1-A-001"], ["T1-A-001"])


def test_nothing_of_a_draft_is_shown(event, session):
    publish(session)
    event.state = EventState.DRAFT
    db.session.flush()

    assert (shown(event.process), publications.has_any(event.process)) == ([], False)


def test_what_is_shown_is_filtered_and_stands_by_topic(event, session):
    publish(session)
    publish(session, topic_name="Salut")
    publish(session, kind="proposal", topic_name="Salut")
    publish(session, kind="proposal", topic_name="Educació")
    (first, second) = publications.list_topics(event)

    assert [first.name, second.name] == ["Educació", "Salut"]
    assert shown(event) == ["T1-P-002", "T1-P-001", "T1-A-002", "T1-A-001"]
    assert shown(event, topic_id=second.id) == ["T1-P-001", "T1-A-002"]
    assert shown(event, kind=EntryKind.CONTRIBUTION) == ["T1-A-002", "T1-A-001"]


def test_only_who_asked_is_named(session):
    entries = [publish(session), publish(session), publish(session)]
    db.session.add_all([EntryAuthor(entry_id=entries[0].id, name="Ada"), EntryAuthor(entry_id=entries[1].id)])
    db.session.flush()

    assert publications.list_credits(entries) == {entries[0].id: "Ada"}


def test_what_is_withheld_counts_and_is_not_shown(event, session, who):
    entry = publish(session)

    publications.withhold(entry, "Ofèn", **who)
    withheld = (shown(event), entry.withheld_reason, event.shows_contributions)
    publications.release(entry, **who)

    assert withheld == ([], "Ofèn", False)
    assert (shown(event), entry.withheld_reason, event.shows_contributions) == ([entry.code], "", True)


def test_withholding_needs_a_reason(session, who):
    with pytest.raises(ReasonMissing):
        publications.withhold(publish(session), "", **who)


def test_the_page_of_the_event_hears_of_what_is_published(event, session, who):
    entry = factories.make_entry(session)
    sorting.set_state([entry], EntryState.PUBLISHED, **who)
    published = event.shows_contributions

    sorting.set_state([entry], EntryState.REVIEWED, **who)

    assert (published, event.shows_contributions) == (True, False)


def test_words_for_publication_stand_beside_those_that_were_said(session, who):
    entry = factories.make_entry(session, text="Que obrin a la tarda, home")

    publications.word(entry, title="Obrir a la tarda", public_text="Obrir el centre a la tarda.", **who)

    assert (entry.text, entry.title) == ("Que obrin a la tarda, home", "Obrir a la tarda")


def test_who_signed_up_is_led_to_what_is_published(client, event, session, who):
    person = factories.make_registration(event, session)
    own_page, link = f"/inscripcions/{person.token}", f'href="/jornades/{event.slug}/propostes"'
    entry = factories.make_entry(session)

    before = client.get(own_page).text
    sorting.set_state([entry], EntryState.PUBLISHED, **who)
    after = client.get(own_page).text
    event.state = EventState.DRAFT
    db.session.flush()

    assert [link in page for page in (before, after, client.get(own_page).text)] == [False, True, False]
