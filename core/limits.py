"""Counting what comes from one address: in this process, or in Redis when several machines share the limits."""

from limits.storage import MemoryStorage

SWEEP_EVERY = 1000


class ProcessStorage(MemoryStorage):
    """Counters in this process.

    The library starts a thread after almost every count, to forget those whose time is over; here they are forgotten
    when they are asked for again, and all together now and then.
    """

    STORAGE_SCHEME = ["process"]  # noqa: RUF012 - the library's own way to name a storage

    _counted = 0

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802 - the library's private name, pinned by a test
        self._counted += 1
        if self._counted % SWEEP_EVERY == 0:
            self._MemoryStorage__expire_events()  # type: ignore[attr-defined] # the same


def storage_uri(setting: str) -> str:
    """Where the counters are, for the library."""
    return setting.replace("memory://", "process://", 1)
