"""A native call with a time limit, whose end of any kind is one sentence."""

from __future__ import annotations

import time
from typing import Any

from eigenform import native
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import JobContext


class _Limit(Exception):
    """The time is up."""


class _Timed:
    """A context as :func:`eigenform.native.call` asks for, that also stops when the time is up; pauses do not count."""

    def __init__(self, ctx: JobContext, seconds: float) -> None:
        self._ctx, self._seconds = ctx, seconds
        self._began, self._waited = time.monotonic(), ctx.waited

    @property
    def paused(self) -> bool:
        return self._ctx.paused

    def check(self) -> None:
        self._ctx.check()
        if time.monotonic() - self._began - (self._ctx.waited - self._waited) > self._seconds:
            raise _Limit

    def step(self, i: int, n: int, message: str | None = None) -> None:
        self._ctx.step(i, n, message)

    def message(self, text: str) -> None:
        self._ctx.message(text)


def limited_call(target: str, what: str, ctx: JobContext, seconds: float, **kwargs: Any) -> Any:
    """``native.call(target, **kwargs)`` on one thread, for at most so many seconds.

    Parameters
    ----------
    target : str
        ``module:function``.
    what : str
        Its name in sentences, such as ``Screened Poisson``.
    ctx : JobContext
        A cancel ends the child at once, a pause suspends it.
    seconds : float
        The limit.

    Raises
    ------
    InputError
        Where the child took too long, crashed or failed.
    NeedsMemory
        Where it ran out of memory.
    """
    timed: Any = _Timed(ctx, seconds)
    try:
        return native.call(target, timed, threads=1, **kwargs)
    except _Limit:
        raise InputError(
            f"{what} was ended after {seconds:g} seconds without a result: a longer time limit, fewer points or a "
            "coarser setting would do."
        ) from None
    except (Cancelled, InputError):
        raise
    except RuntimeError as error:
        raise InputError(f"{what} gave no result and nothing else was lost: {error}") from error
