"""The mails about accounts: each function writes one, named like its template."""

from datetime import datetime

from accounts.models import StaffMember
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


def _write(name: str, member: StaffMember, *, link: str, now: datetime) -> None:
    """Write the mail in the language of who asks for it: staff have no language of their own."""
    language = current_language()
    letter = render_letter(
        f"accounts/mail/{name}",
        language=language,
        member=member,
        link=link,
        log_in=external_url("security.login"),
        forgotten=external_url("security.forgot_password"),
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
