"""The mails about accounts: each function writes one, named like its template."""

from datetime import datetime

from accounts.labels import ROLES
from accounts.models import StaffMember, StaffRole
from core.languages import current_language
from core.mail import enqueue
from core.templating import render_letter
from core.web import external_url


def invitation(member: StaffMember, *, token: str, now: datetime) -> None:
    """To a new member of staff: the link with which to choose a password."""
    _write("invitation", member, link=external_url("security.reset_password", token=token), now=now)


def reset_instructions(member: StaffMember, *, token: str, now: datetime) -> None:
    """To who has forgotten the password: the link with which to choose another."""
    _write("reset_instructions", member, link=external_url("security.reset_password", token=token), now=now)


def password_changed(member: StaffMember, *, now: datetime) -> None:
    """To whose password has changed, so that they notice when it was somebody else."""
    _write("password_changed", member, link=external_url("security.forgot_password"), now=now)


def new_role(member: StaffMember, *, role: StaffRole, place: str, now: datetime) -> None:
    """To who has an account and now has a role in a team or at an event, by its name `place`."""
    _write("new_role", member, link=external_url("security.login"), now=now, role=ROLES[role], place=place)


def _write(name: str, member: StaffMember, *, link: str, now: datetime, **context: object) -> None:
    """Write the mail in the language of who asks for it: staff have no language of their own."""
    language = current_language()
    letter = render_letter(
        f"accounts/mail/{name}",
        language=language,
        member=member,
        link=link,
        log_in=external_url("security.login"),
        forgotten=external_url("security.forgot_password"),
        **context,
    )
    enqueue(
        kind=name,
        recipient=member.email,
        recipient_name=member.name,
        language=language,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=now,
    )
