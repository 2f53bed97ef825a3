"""What registrations say on the home of an event: whom somebody has to look after, steps, places and sign-ups."""

import re
from datetime import timedelta

import pytest

from core import mail
from core.database import db
from core.dates import utc_now
from core.mail import MailState
from events.models import Access, EventState
from messages.models import MessageState
from registrations.models import (
    AutomaticMail,
    Awaited,
    RegistrationMail,
    RegistrationState,
    WaitingListEntry,
)
from registrations.reminders import Kind
from tests.events.views.pages import DESK, read_home
from tests.factories import (
    make_attendance,
    make_event,
    make_message,
    make_registration,
    make_session,
    make_staff,
    make_support_need,
    make_team,
)

DAY = timedelta(days=1)


def write_mail(registration, state, **values):
    sent = mail.compose(kind="test", recipient=registration.email, language="ca", subject="x", text="x", now=utc_now())
    sent.state = state
    for name, value in values.items():
        setattr(sent, name, value)
    db.session.add(sent)
    db.session.flush()
    db.session.add(RegistrationMail(registration_id=registration.id, mail_id=sent.id))
    db.session.flush()


@pytest.fixture
def over(app):
    event = make_event(starts_at=utc_now() - 2 * DAY, summary="Un matí.")
    make_session(event, "T1")
    return event


def test_mails_that_were_refused(desk, event):
    write_mail(make_registration(event), MailState.REFUSED)

    assert read_home(desk).needs == ["S’ha rebutjat 1 correu."]


def test_mails_refused_of_an_event_that_is_over(desk, over):
    write_mail(make_registration(over), MailState.REFUSED)

    assert read_home(desk).needs == ["S’ha rebutjat 1 correu."]


def test_mails_that_cannot_leave(desk, event):
    write_mail(make_registration(event), MailState.WAITING, held_up_since=utc_now())

    assert read_home(desk).needs == ["1 correu no pot sortir: el servidor de correu no respon."]


def test_a_message_that_was_stopped(desk, event):
    make_message(event, state=MessageState.STOPPED)

    assert read_home(desk).needs == ["1 missatge s’ha aturat a mig enviar."]


def test_people_who_await_an_answer_come_before_what_can_wait(desk, event):
    event.access = Access.APPROVAL
    event.venue = event.address = ""
    make_registration(event, state=RegistrationState.PENDING, awaits=Awaited.APPROVAL)

    assert read_home(desk).needs == ["1 persona espera la vostra resposta.", "La pàgina no diu on es fa."]


@pytest.mark.parametrize(("hours", "count"), [(23, 1), (25, 0)])
def test_an_offer_that_ends_within_a_day(desk, event, hours, count):
    make_registration(event, state=RegistrationState.OFFERED, held_until=utc_now() + timedelta(hours=hours))

    assert len(read_home(desk).needs) == count


def test_an_offer_in_a_session(desk, event):
    person = make_registration(event)
    db.session.add(
        WaitingListEntry(
            event_id=event.id,
            registration_id=person.id,
            session_id=event.sessions[0].id,
            joined_at=utc_now(),
            offered_until=utc_now() + timedelta(hours=2),
        )
    )
    db.session.flush()

    assert read_home(desk).needs == ["1 oferiment de plaça venç abans d’un dia i no té resposta."]


def test_a_full_event_and_full_sessions_with_people_waiting(desk, event):
    event.capacity, event.people_waiting = 0, 3
    for number, session in enumerate(event.sessions, 1):
        session.capacity, session.people_waiting = 0, number
    db.session.flush()

    assert read_home(desk).needs == [
        "Totes les places són ocupades i s’esperen 3 persones.",
        "T1 és plena i s’hi espera 1 persona.",
        "T2 és plena i s’hi esperen 2 persones.",
    ]


def test_many_full_sessions_are_one_line(desk, event):
    make_session(event, "T3")
    for session in event.sessions:
        session.capacity, session.people_waiting = 0, 2
    db.session.flush()

    assert read_home(desk).needs == ["3 sessions són plenes i s’hi esperen 6 persones."]


def test_supports_are_told_two_weeks_before_and_to_who_may_see_them(desk, event):
    make_support_need(make_registration(event))

    assert read_home(desk).needs == ["1 persona que ve necessita un suport."]
    desk.log_in(make_staff("porta@example.org", role="door"))
    assert read_home(desk).needs == []


def test_supports_are_not_told_months_before(desk):
    make_support_need(make_registration(make_event(starts_at=utc_now() + 60 * DAY)))

    assert read_home(desk).needs == []


def test_sign_up_is_the_step_while_it_is_open(desk, event):
    event.summary = "Un matí."
    make_registration(event)

    home = read_home(desk)

    assert home.next_step == "La gent s’hi inscriu"
    assert [step.partition(" sol, el")[0] for step in home.later[:2]] == ["Recordar-la a qui té plaça", "Anotar qui ve"]


def test_sign_up_that_opens_later_says_when(desk, event):
    event.summary, event.registration_opens_at = "Un matí.", utc_now() + DAY
    db.session.flush()

    home = read_home(desk)

    assert home.next_step == ""
    assert home.later[0].startswith("La gent s’hi inscriu s’obre: ")


def test_on_its_day_who_comes_is_recorded_at_the_door(desk):
    make_session(
        make_event(starts_at=utc_now() - timedelta(hours=1), summary="Un matí.", registration_closes_at=utc_now())
    )

    html = desk.get(DESK).text

    assert read_home(desk).next_step == "Anotar qui ve"
    assert 'class="button" href="/gestio/jornades/jornada/porta"' in html


def test_who_came_is_recorded_once_it_is_over(desk, over):
    make_attendance(make_registration(over, over.sessions[0]), over.sessions[0])
    make_registration(over, email="c@example.org")

    assert "Anotar qui ve n’han vingut 1 de 2" in read_home(desk).done


def test_people_reminded_are_counted(desk, event):
    db.session.add(
        AutomaticMail(registration_id=make_registration(event).id, occasion="reminder 1 x", written_at=utc_now())
    )

    assert "Recordar-la a qui té plaça 1 persona avisada" in read_home(desk).done


@pytest.mark.parametrize("way", ["thanks", "message"])
def test_who_took_part_is_told_by_thanks_or_a_message(desk, over, way):
    person = make_registration(over)
    assert "Explicar a qui hi ha participat què n’ha sortit" in read_home(desk).due

    if way == "thanks":
        db.session.add(AutomaticMail(registration_id=person.id, occasion=Kind.THANKS.value, written_at=utc_now()))
    else:
        make_message(over, state=MessageState.SENT, sent_at=utc_now())

    assert "Explicar a qui hi ha participat què n’ha sortit" in read_home(desk).done


def test_places_are_told_in_all_and_by_session(desk, event):
    event.capacity = 40
    event.sessions[0].capacity, event.sessions[0].people_waiting = 2, 5
    make_registration(event, event.sessions[0])

    rows = re.findall(r"<tr>\s*<th scope=\"row\" class=\"cell-title\">(.*?)</tr>", desk.get(DESK).text, re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]

    assert cells == [
        ["1", "40", "39", ""],
        ["1", "2", "1", "5"],
        ["0", '<span class="muted">sense límit</span>', "", ""],
    ]


def test_sign_ups_are_drawn_and_told_in_a_table(desk, event):
    make_registration(event, created_at=utc_now() - 3 * DAY)
    make_registration(event, email="c@example.org", created_at=utc_now())

    html = desk.get(DESK).text

    assert html.count('class="chart-up"') == 2
    assert len(re.findall(r"<tr>", html.partition("chart-table")[2])) == 3


def test_a_cancelled_event_asks_for_its_mails_alone(desk, event):
    event.state = EventState.CANCELLED
    event.people_waiting, event.capacity = 2, 1
    write_mail(make_registration(event), MailState.REFUSED)

    assert read_home(desk).needs == ["S’ha rebutjat 1 correu."]


def read_today(client):
    part = client.get("/gestio").text.partition('<ul class="plain needs">')[2].partition("</ul>")[0]
    return [re.sub(r"<[^>]+>", "", line) for line in re.findall(r"<li[^>]*><span>(.*?)</span>", part)]


def test_the_home_of_the_desk_says_what_cannot_wait_of_all_events(desk, event):
    write_mail(make_registration(event), MailState.REFUSED)
    other = make_event("altra", title="<b>Altra", starts_at=utc_now() + 5 * DAY)
    make_registration(other, state=RegistrationState.PENDING, awaits=Awaited.APPROVAL)

    assert read_today(desk) == [
        "&lt;b&gt;Altra: 1 persona espera la vostra resposta.",
        "Jornada de treball: S’ha rebutjat 1 correu.",
    ]


def test_the_home_of_the_desk_says_nothing_of_what_is_over_or_not_one_s_own(desk, over):
    write_mail(make_registration(over), MailState.REFUSED)
    theirs = make_event("aliena", team=make_team("Altres"), starts_at=utc_now() + DAY)
    make_registration(theirs, state=RegistrationState.PENDING, awaits=Awaited.APPROVAL)

    assert read_today(desk) == []


def test_who_looks_after_no_registrations_reads_nothing_of_them(client, event):
    make_registration(event, state=RegistrationState.PENDING, awaits=Awaited.APPROVAL)
    client.log_in(make_staff("porta@example.org", role="door"))

    assert read_today(client) == []


def test_the_home_of_the_desk_asks_as_much_for_many_events_as_for_one(desk, event, count_queries):
    write_mail(make_registration(event), MailState.REFUSED)
    first = count_queries(lambda: desk.get("/gestio"))
    for number in range(3):
        other = make_event(f"e{number}", starts_at=utc_now() + DAY)
        make_registration(other, state=RegistrationState.PENDING, awaits=Awaited.APPROVAL)

    assert count_queries(lambda: desk.get("/gestio")) == first
