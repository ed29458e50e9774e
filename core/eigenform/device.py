"""Where a run happens and what it may use: cpu, cuda or mps, threads, memory. torch is imported lazily."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from eigenform.errors import InputError, NeedsMemory

DEVICES = ("cpu", "cuda", "mps")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def available() -> list[str]:
    """The devices torch can use here, best first; the CPU is always among them."""
    import torch

    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def choose(name: str = "auto") -> str:
    """The device to run on.

    Parameters
    ----------
    name : str
        ``auto`` takes the best there is; ``cpu``, ``cuda`` or ``mps`` asks for one.

    Raises
    ------
    InputError
        Where the device asked for is unknown or absent. It is never replaced silently by the CPU.
    """
    if name == "cpu":
        return "cpu"
    if name != "auto" and name not in DEVICES:
        raise InputError(f"There is no device {name!r}; there are auto, {', '.join(DEVICES)}.")
    found = available()
    if name == "auto":
        return found[0]
    if name not in found:
        raise InputError(f"Device {name!r} was asked for, but torch finds only {', '.join(found)} here.")
    return name


def describe(device: str) -> str:
    """A device in words, such as ``NVIDIA H100 (79 GiB)`` or ``CPU, 2 cores``."""
    if device == "cuda":
        import torch

        info = torch.cuda.get_device_properties(0)
        return f"{info.name} ({words(info.total_memory)})"
    return "Apple GPU" if device == "mps" else f"CPU, {cores()} cores"


def cores() -> int:
    """The cores this process may run on (a container or ``taskset`` can allow fewer than there are)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_threads(count: int | None = None) -> None:
    """Bound the threads of the numerical libraries; it only counts before they are first imported.

    Parameters
    ----------
    count : int, optional
        By default all cores but one: the matrices here are small, and a thread that waits for a core another program
        has taken holds up all the others. What the environment says already is left alone.
    """
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, str(max(1, cores() - 1) if count is None else count))


def leave_a_core() -> None:
    """Keep torch off one core where nothing else was asked for, for the reason :func:`limit_threads` gives."""
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, min(torch.get_num_threads(), cores() - 1)))


@dataclass(frozen=True)
class Memory:
    """Main memory in bytes: of the machine, still available, used by this process now and at its peak."""

    total: int
    available: int
    process: int
    peak: int

    def __str__(self) -> str:
        return f"{words(self.process)} used by Eigenform, {words(self.available)} of {words(self.total)} available"


def memory() -> Memory:
    """A report of main memory, now."""
    import psutil

    machine, process = psutil.virtual_memory(), psutil.Process().memory_info().rss
    # the kernel updates the peak lazily, so that it can lag behind what is resident now
    return Memory(machine.total, machine.available, process, max(process, peak_bytes()))


def peak_bytes() -> int:
    """The largest resident memory so far, in bytes: this process and its largest finished child together.

    Factorisations run in a child, so that leaving it out would hide most of a classical run; the sum is an upper bound
    because the two peaks need not have coincided.
    """
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def words(count: float) -> str:
    """A number of bytes in words, such as ``1.5 GiB``."""
    for unit in ("bytes", "KiB", "MiB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out, of the machine or of a graphics card."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(
        sign in text for sign in ("out of memory", "can't allocate memory", "not enough memory")
    )


@contextmanager
def plain_memory_errors(what: str, advice: str = "fewer samples or modes would fit") -> Iterator[None]:
    """Turn running out of memory inside the block into one sentence.

    Parameters
    ----------
    what : str
        What was being done, such as ``Training on 100,000 samples``.
    advice : str
        What would help.

    Raises
    ------
    NeedsMemory
        Where memory ran out; other errors pass unchanged.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise NeedsMemory(f"{what} ran out of memory ({memory()}); {advice}.") from error
