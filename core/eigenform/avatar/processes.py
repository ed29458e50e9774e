"""Work spread over processes, one a core and each with one thread; cancelled at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

Result = TypeVar("Result")


def spread(
    function: Callable[..., Result],
    jobs: Sequence[tuple[Any, ...]],
    ctx: JobContext,
    workers: int | None = None,
    apart: bool = False,
) -> Iterator[Result]:
    """What ``function(*job)`` returns for each of the jobs, as they get ready.

    Parameters
    ----------
    function : callable
        Of a module, so that a new process finds it.
    jobs : sequence of tuple
        Arguments.
    ctx : JobContext
        Asked several times a second; after a cancel no process is left.
    workers : int, optional
        Processes; by default one for each core that may be used.
    apart : bool
        Whether a single job gets a process too. Otherwise it is done here, which is sooner but cannot be cancelled.
    """
    ctx.check()
    if len(jobs) <= 1 and not apart:
        yield from (function(*job) for job in jobs)
        return
    import multiprocessing as mp
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

    from eigenform.device import cores

    count = min(cores() if workers is None else workers, len(jobs))
    pool = ProcessPoolExecutor(count, mp_context=mp.get_context("spawn"), initializer=_one_thread)
    ended = False
    try:
        queue = list(reversed(jobs))
        running = {pool.submit(function, *queue.pop()) for _ in range(count)}
        while running:
            finished, running = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            ctx.check()
            for future in finished:
                if queue:
                    running.add(pool.submit(function, *queue.pop()))
                yield future.result()
        ended = True
    finally:
        if not ended:  # cancelled: do not wait for the jobs under way
            for process in list((pool._processes or {}).values()):
                process.terminate()
        pool.shutdown(wait=ended, cancel_futures=True)


def _one_thread() -> None:
    """One thread a process: with more, they wait for each other and make a fifth as many samples."""
    import cv2
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    threadpool_limits(1)
