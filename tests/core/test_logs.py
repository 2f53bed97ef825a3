"""Logs are one line of JSON each and know rules, never addresses."""

import json
import logging
import sys

from core.logs import JsonFormatter, describe


def test_request_line_names_the_rule_and_nothing_of_the_person(client, caplog):
    with caplog.at_level(logging.INFO, logger="jornada.request"):
        client.get("/dev/bustia/SECRET-NAME?email=bob@example.org", headers={"Referer": "/inscripcions/t0ken"})

    line = json.loads(JsonFormatter().format(caplog.records[-1]))
    assert {key: line[key] for key in ("level", "logger", "message", "method", "rule", "status")} == {
        "level": "info",
        "logger": "jornada.request",
        "message": "request",
        "method": "GET",
        "rule": "/dev/bustia/<name>",
        "status": 404,
    }
    assert line["milliseconds"] >= 0
    assert [word for word in ("SECRET", "bob", "t0ken") if word in json.dumps(line)] == []


def test_unknown_address_is_not_repeated(client, caplog):
    with caplog.at_level(logging.INFO, logger="jornada.request"):
        client.get("/bob@example.org")

    assert json.loads(JsonFormatter().format(caplog.records[-1]))["rule"] is None


def test_line_ends_cannot_forge_a_second_line():
    record = logging.makeLogRecord({"msg": "one\ntwo", "levelname": "INFO", "name": "x", "note": "a\r\nb"})

    line = JsonFormatter().format(record)

    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == "one\ntwo"


def test_failure_is_told_with_its_causes_and_without_their_words():
    try:
        try:
            int("bob@example.org")
        except ValueError as error:
            raise KeyError("bob@example.org") from error
    except KeyError:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "failed", (), sys.exc_info())

    line = json.loads(JsonFormatter().format(record))

    assert [cause.split(" at ")[0] for cause in line["error"]] == ["builtins.KeyError", "builtins.ValueError"]
    assert "test_logs.py" in line["error"][0]
    assert "bob" not in json.dumps(line)


def test_endless_chain_of_causes_ends():
    error = ValueError()
    error.__context__ = error

    assert len(describe(error)) == 5
