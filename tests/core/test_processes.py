"""Work in several processes: all of it is done, and a cancelled one leaves none."""

from __future__ import annotations

import os
import time

import psutil
import pytest
from eigenform.avatar.processes import spread
from eigenform.errors import Cancelled
from eigenform.jobs import JobContext


def where(number: int, wait: float) -> tuple[int, int]:
    """The number and the process; of this module, so that a new process finds it."""
    time.sleep(wait)
    return number, os.getpid()


def test_every_job_is_done_once_in_other_processes() -> None:
    found = list(spread(where, [(i, 0.0) for i in range(7)], JobContext(), workers=2))
    assert sorted(number for number, _ in found) == list(range(7))
    processes = {process for _, process in found}
    assert os.getpid() not in processes
    assert len(processes) <= 2


def test_one_job_is_done_here_unless_it_must_be_cancelled() -> None:
    assert list(spread(where, [(3, 0.0)], JobContext())) == [(3, os.getpid())]
    ((number, process),) = spread(where, [(3, 0.0)], JobContext(), apart=True)
    assert number == 3
    assert process != os.getpid()
    assert list(spread(where, [], JobContext())) == []


def test_a_cancelled_job_ends_its_processes() -> None:
    ctx = JobContext()
    work = spread(where, [(i, 0.0 if i < 2 else 600.0) for i in range(6)], ctx, workers=2)
    _, process = next(work)
    ctx.cancel()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        list(work)
    while psutil.pid_exists(process) and psutil.Process(process).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() - began < 20
        time.sleep(0.05)
