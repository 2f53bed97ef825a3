"""The commands about mail, and what wrong usage is answered with."""

import pytest

from core.database import transaction
from core.dates import utc_now
from core.mail import enqueue


@pytest.mark.both_databases
def test_mail_is_counted_and_delivered_once(app):
    with transaction():
        for number in range(3):
            enqueue(
                kind="test", recipient=f"p{number}@example.org", language="ca", subject="x", text="x", now=utc_now()
            )
    runner = app.test_cli_runner()

    said = [runner.invoke(args=["mail", *words]).output for words in (["status"], ["deliver"], ["deliver"], ["status"])]

    assert said == [
        "waiting\t3\nsent\t0\nrefused\t0\nwithdrawn\t0\n",
        "3 delivered\n",
        "0 delivered\n",
        "waiting\t0\nsent\t3\nrefused\t0\nwithdrawn\t0\n",
    ]


@pytest.mark.parametrize(
    "words", [["mail", "nothing"], ["mail", "deliver", "now"], ["serve", "--port", "x"], ["nothing"]]
)
def test_wrong_usage_ends_with_two(app, words):
    assert app.test_cli_runner().invoke(args=words).exit_code == 2
