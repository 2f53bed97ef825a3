"""What happens to registrations that rooms above must follow, in the same transaction: signals they can connect to."""

from blinker import Signal

attendance_undone = Signal()
"""It is taken back that the people `registration_ids` were at the session, whether it had been recorded or not."""

stays_stated = Signal()
"""It is said from when to when the people `registration_ids` were at the session, whatever was known of it before."""

merged = Signal()
"""Two registrations become one. Sent with the one that stays (`Registration`), `gone`, `by` and `now`, before `gone` is
deleted: whoever keeps rows that name `gone` has them name the other, for none may be left."""

import_to_be_undone = Signal()
"""What an import wrote is to be undone. Sent with `registration_ids`, of which `new_ids` are to be taken away.

Receivers give, by the id of each to whom something has happened since the import was `done_at`, what it was.
"""
