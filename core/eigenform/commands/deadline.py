"""``--seconds`` for methods that cannot stop early with a result: the run is stopped and says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from eigenform.errors import Cancelled, InputError
from eigenform.jobs import JobContext
from eigenform.params import Param, params_of
from eigenform.registry import Method

SECONDS = Param("seconds", "float", 0.0, "Seconds", "Time limit.", low=0.0, unit="s", zero="no limit")


def limit_of(method: Method, given: Mapping[str, Any]) -> float:
    """The limit that the flags set and the method does not heed by itself, in seconds; 0 for none.

    Raises
    ------
    InputError
        Where it is no number of seconds.
    """
    if "seconds" not in given or any(p.name == "seconds" for p in params_of(method.params_class())):
        return 0.0
    return float(SECONDS.parse(given["seconds"]))


@contextmanager
def deadline(ctx: JobContext, seconds: float, method: Method) -> Iterator[None]:
    """Cancel the job after ``seconds`` (0: never).

    Raises
    ------
    InputError
        Where the time was up.
    """
    if not seconds:
        yield
        return
    over = threading.Event()

    def stop() -> None:
        over.set()
        ctx.cancel()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Cancelled:
        if not over.is_set():
            raise
        less = (
            " or a lower --resolution" if any(p.name == "resolution" for p in params_of(method.params_class())) else ""
        )
        raise InputError(
            f"{method.title} was not done after {seconds:g} s and has no result to give before its end; more --seconds"
            f"{less} would work."
        ) from None
    finally:
        timer.cancel()
