"""Counting in this process: no thread for each count, and nothing kept for ever."""

import threading
import time

from limits import RateLimitItemPerHour, RateLimitItemPerSecond
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from core.limits import SWEEP_EVERY, ProcessStorage, storage_uri


def settle():
    """Let the one thread that the library starts with come to its end."""
    while any(isinstance(thread, threading.Timer) for thread in threading.enumerate()):
        time.sleep(0.01)


def test_memory_is_ours_and_redis_stays_what_it_is():
    assert storage_uri("memory://") == "process://"
    assert storage_uri("redis://host:6379") == "redis://host:6379"
    assert isinstance(storage_from_string("process://"), ProcessStorage)


def test_counting_starts_no_thread():
    limiter = FixedWindowRateLimiter(ProcessStorage())
    settle()
    before = threading.active_count()

    answers = [limiter.hit(RateLimitItemPerHour(3), "somebody") for _ in range(5)]
    time.sleep(0.02)
    limiter.hit(RateLimitItemPerHour(3), "another")

    assert answers == [True, True, True, False, False]
    assert threading.active_count() == before


def test_what_is_over_is_forgotten():
    storage = ProcessStorage()
    limiter = FixedWindowRateLimiter(storage)
    for number in range(10):
        limiter.hit(RateLimitItemPerSecond(1), str(number))
    time.sleep(1.1)

    for _ in range(SWEEP_EVERY):
        limiter.hit(RateLimitItemPerHour(10**6), "one")

    assert len(storage.storage) == 1
