"""Acts as devices of note-takers send them."""

import json
import secrets

from tests.factories import NOW


def new_key() -> str:
    return secrets.token_hex(16)


def write(text="Cal més temps.", kind="contribution", *, key=None, at=NOW, **sets):
    key = key or new_key()
    return {
        "key": key,
        "kind": "write",
        "entry": key,
        "at": at.isoformat(),
        "sets": {"text": text, "kind": kind, **sets},
    }


def act(kind, entry, *, at=NOW, key=None, seen=(), **values):
    """An act about the entry that was written by the act `entry`, or has this key."""
    entry = entry["key"] if isinstance(entry, dict) else entry
    return {"key": key or new_key(), "kind": kind, "entry": entry, "at": at.isoformat(), "seen": list(seen), **values}


def batch(*acts, since=0, clock=NOW, device="Mòbil"):
    return json.dumps({"acts": list(acts), "since": since, "clock": clock.isoformat(), "device": device})
