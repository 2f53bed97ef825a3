"""Importing a file of contributions or proposals, in the workspace."""

import io

import pytest

from tests.contributions.views.pages import entries


@pytest.mark.parametrize("is_test", [True, False])
def test_a_file_is_imported_or_only_checked(client, session, facilitator, is_test):
    file = (io.BytesIO(b"session,text\nT1,Una\nT1,Dues\n"), "f.csv")
    data = {"kind": "proposal", "file": file, **({"check_only": "y"} if is_test else {})}

    answer = client.post("/gestio/jornades/jornada/importacio-aportacions", data=data)

    assert answer.status_code == 303
    assert len(entries()) == (0 if is_test else 2)
    assert "2 propostes afegides, 0 ja hi eren" in client.get(answer.location).text


def test_a_file_with_bad_rows_is_refused_and_each_is_named(client, session, facilitator):
    file = (io.BytesIO(b"session,text\nT1,Una\nT9,<b>\n"), "f.csv")

    page = client.post("/gestio/jornades/jornada/importacio-aportacions", data={"kind": "proposal", "file": file})

    assert page.status_code == 422
    assert "Fila 3: la jornada no té cap sessió «T9»" in page.text
    assert entries() == []


def test_an_import_without_a_file_is_refused(client, session, facilitator):
    page = client.post("/gestio/jornades/jornada/importacio-aportacions", data={"kind": "proposal"})

    assert (page.status_code, "Trieu un fitxer." in page.text) == (422, True)
