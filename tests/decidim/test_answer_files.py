"""Files of answers that wait to be confirmed."""

import pytest

from core.errors import NotFoundError
from decidim import answer_files
from tests import factories


@pytest.fixture
def process(app):
    return factories.make_process()


def test_a_file_waits_where_it_was_uploaded_and_nowhere_else(process):
    event = factories.make_event(process_id=process.id)

    file = answer_files.keep(process, "C:\\<b>.json", b"[]", now=factories.NOW)

    assert answer_files.get(process, file.id, now=factories.NOW) is file
    with pytest.raises(NotFoundError):
        answer_files.get(event, file.id, now=factories.NOW)


def test_a_file_is_read_once(process):
    file = answer_files.keep(process, "export.json", b"[]", now=factories.NOW)

    assert [answer_files.claim(file) for _ in range(2)] == [True, False]


def test_old_files_are_gone_and_forgotten(process):
    file = answer_files.keep(process, "export.json", b"[]", now=factories.NOW)
    later = factories.NOW + answer_files.KEPT_FOR

    with pytest.raises(NotFoundError):
        answer_files.get(process, file.id, now=later)
    assert [answer_files.forget_old_answer_files(later) for _ in range(2)] == [1, 0]
