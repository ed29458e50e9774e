"""The log file: where it lies, and how an unforeseen failure is written to it."""

from __future__ import annotations

import sys
import tempfile
import traceback
from datetime import datetime
from pathlib import Path

_KEEP = 1_000_000  # bytes; an older log is set aside beyond this, so that it never fills a disk


def log_file(name: str = "eigenform.log") -> Path:
    """The path of the log file, in the platform's folder for logs (in the temporary folder where that is read-only)."""
    import platformdirs

    folder = Path(platformdirs.user_log_path("eigenform"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / name, "a", encoding="utf-8"):
            pass
    except OSError:
        folder = Path(tempfile.gettempdir())
    return folder / name


def record_failure(error: BaseException, doing: str = "") -> Path:
    """Append an exception with its traceback to the log file.

    Parameters
    ----------
    error : BaseException
        What happened.
    doing : str
        What was being done, such as the command line.

    Returns
    -------
    Path
        The log file, to be named to the person.
    """
    from eigenform.provenance import versions

    path = log_file()
    if path.exists() and path.stat().st_size > _KEEP:
        path.replace(path.with_suffix(".old.log"))
    when = datetime.now().astimezone().isoformat(timespec="seconds")
    text = "".join(traceback.format_exception(error))
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"--- {when} {doing}\n{versions()} on {sys.platform}\n{text}\n")
    return path
