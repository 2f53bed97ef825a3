"""What a benchmark gives, and how it is shown: always a ratio to a floor of the same run."""

import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_STATUS = Path("/proc/self/status")
_PEAK_RESET = Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Measurement:
    """A job and its floor. For rates more is better; for seconds and MiB less is."""

    job: str
    ours: float
    floor: float
    unit: str
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.floor if self.floor else float("nan")


def show(measurements: Sequence[Measurement]) -> str:
    """The table that `make bench` prints."""
    head = ("job", "ours", "floor", "unit", "ours/floor", "")
    rows = [(m.job, f"{m.ours:,.2f}", f"{m.floor:,.2f}", m.unit, f"{m.ratio:.2f}", m.note) for m in measurements]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 3, 5) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, *rows]
    )


def as_json(measurements: Sequence[Measurement]) -> str:
    """The same for a program to read."""
    return json.dumps([{**asdict(m), "ratio": round(m.ratio, 4)} for m in measurements], indent=1)


def _nothing() -> None:
    pass


def seconds(
    act: Callable[[], object],
    *,
    times: int = 3,
    before: Callable[[], object] = _nothing,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """The median time of `act` over `times` runs, after one run that warms up; `before` each, not measured.

    It is wall time, or what another clock says: that of the processor leaves out what else the machine has to do.
    """
    act()
    taken = []
    for _ in range(times):
        before()
        started = clock()
        act()
        taken.append(clock() - started)
    return statistics.median(taken)


def apart(prepare: Callable[..., Any], *arguments: object) -> tuple[float, float]:
    """Run a job in a process of its own: its seconds, and by how many MiB it raised that process's peak memory.

    `prepare(*arguments)` is a context that gives the job: imports and the database's connection are not measured.
    """
    context = multiprocessing.get_context("spawn")
    answers: Any = context.SimpleQueue()
    process = context.Process(target=_run_apart, args=(answers, prepare, arguments))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{prepare.__name__} ended with {process.exitcode}")
    taken, mebibytes = answers.get()
    return taken, mebibytes


def _run_apart(answers: Any, prepare: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    with prepare(*arguments) as job:
        _PEAK_RESET.write_text("5")  # proc(5): forget the peak so far, which a child even inherits from its parent
        before = _peak_mebibytes()
        started = time.perf_counter()
        job()
        answers.put((time.perf_counter() - started, _peak_mebibytes() - before))


def _peak_mebibytes() -> float:
    """The peak of this process's resident memory, as Linux keeps it (VmHWM, in KiB)."""
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
