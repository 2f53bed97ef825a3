"""Who may see what was said, and who may write it down."""

import pytest

from tests import factories

CAPTURE = "/gestio/jornades/jornada/aportacions/T1"


@pytest.mark.parametrize("path", ["cap/aportacions/T1", "jornada/aportacions/T9", "cap/aportacions", "cap/captura"])
def test_what_is_not_there_is_not_found(client, session, facilitator, path):
    assert client.get(f"/gestio/jornades/{path}").status_code == 404


RIGHTS = {
    "administrator": (True, True),
    "organiser": (True, True),
    "facilitator": (True, True),
    "viewer": (True, False),
    "door": (False, False),
}


@pytest.mark.parametrize(("role", "rights"), RIGHTS.items())
def test_who_may_see_and_who_may_write(client, session, role, rights):
    factories.make_entry(session)
    session.event.process_id = factories.make_process().id
    client.log_in(factories.make_staff(role=role, active=True))
    may_see, may_write = rights
    here = "/gestio/jornades/jornada"
    seen = [f"{here}/aportacions", f"{here}/captura", "/gestio/processos/impulsem/aportacions"]
    parts = ["", "/canvis", "/tancament", "/A-001", "/A-001/historial"]
    written = [*(CAPTURE + part for part in parts), f"{here}/importacio-aportacions", f"{here}/captura/enllacos"]
    parts = ["", "/actes", "/tancament", "/reobertura"]
    parts += ["/A-001", "/A-001/supressio", "/A-001/recuperacio", "/A-001/versio"]
    acts = [*(CAPTURE + part for part in parts), f"{here}/captura/enllacos"]

    assert {client.get(path).status_code for path in seen} == {200 if may_see else 403}
    assert {client.get(path).status_code for path in written} == {200 if may_write else 403}
    assert all((client.post(path, data={}).status_code == 403) is not may_write for path in acts)
