"""A programme from a file: what it would do is shown, and done when asked for."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for

from accounts.permissions import Permission, may_at, requires, staff
from core import config
from core.database import transaction, undo
from core.dates import utc_now
from core.errors import InputError
from core.forms import form_page
from events.access import place_of, place_of_process
from events.forms import ProgrammeForm
from events.models import Event, Process
from events.programme import read_programme
from events.programme_import import import_programme
from events.signals import Consequence, count_told
from events.views.consequences import say_done
from events.views.workspace import Answer, blueprint, own_teams


@blueprint.route("/importacio", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def import_file() -> Answer:
    """Show what a PROGRAMME.toml would do, and do it when asked to."""
    form = ProgrammeForm().offer_teams(own_teams())
    if not form.validate_on_submit():
        return form_page("events/import.html", form, **_found())
    data = form.file.data.read() if form.file.data else (form.text.data or "").encode()
    is_asked = "import" in request.form and not form.file.data
    form.text.data = data.decode(errors="replace")
    try:
        programme = read_programme(data, default_timezone=config.current().timezone.key)
        with transaction():
            outcome = import_programme(
                programme,
                team=form.chosen_team(),
                default_language=config.current().default_language,
                may_write=_may_write,
                by=staff(),
                now=utc_now(),
            )
            summary, consequences = outcome.summary(), outcome.consequences
            if not is_asked:
                undo()
    except InputError as error:
        return form_page("events/import.html", form, **_found(problems=error.problems))
    if is_asked:
        say_done(summary, consequences)
        return redirect(url_for(".programme", slug=programme.slug), 303)
    return render_template("events/import.html", form=form, **_found(summary=summary, consequences=consequences))


def _may_write(thing: Event | Process) -> bool:
    """Whether who imports may write what a file names, which stands in no address."""
    place = place_of(thing, staff()) if isinstance(thing, Event) else place_of_process(thing)
    return may_at(Permission.EDIT_PROGRAMME, place)


def _found(
    summary: str | None = None, *, problems: Sequence[str] = (), consequences: Sequence[Consequence] = ()
) -> dict[str, object]:
    """What the page says of a file: what is wrong in it, or what it would do and to whom."""
    return {
        "summary": summary,
        "problems": problems,
        "consequences": consequences,
        "told": count_told(consequences),
    }
