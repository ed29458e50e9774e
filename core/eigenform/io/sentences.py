"""Small words for notes and refusals."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 face``, ``2 faces``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def were(number: int) -> str:
    """``was`` or ``were``."""
    return "was" if number == 1 else "were"


def brief(error: BaseException) -> str:
    """The first line of what another library says, short and printable, to stand in brackets."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    text = "".join(c if c.isprintable() else " " for c in lines[0].strip())
    text = text if len(text) <= 120 else text[:117] + "..."
    if text.count("(") > text.count(")"):  # a remark that goes on beyond what is shown
        text = text[: text.rindex("(")]
    return text.rstrip(". ")
