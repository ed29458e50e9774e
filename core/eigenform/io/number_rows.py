"""Rows of numbers in text, parsed by the megabyte rather than by the line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

CHUNK = 4_000_000


def chunks(text: bytes, size: int = CHUNK) -> Iterator[bytes]:
    """Pieces of about ``size`` bytes that end where lines end, so that a cancel is seen between them."""
    start = 0
    while start < len(text):
        end = text.find(b"\n", start + size)
        end = len(text) if end < 0 else end + 1
        yield text[start:end]
        start = end


def words_per_line(text: bytes) -> np.ndarray:
    """How many words stand in each line of ``text``, whose only white space is blanks, tabs and line feeds. (L,)"""
    codes = np.frombuffer(text, dtype=np.uint8)
    blank = (codes == 32) | (codes == 10) | (codes == 9) | (codes == 13)
    starts = ~blank
    starts[1:] &= blank[:-1]
    line = np.cumsum(codes == 10)
    return np.bincount(line[starts], minlength=int(line[-1]) + 1 if len(line) else 0)


def floats(lines: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """All numbers of ``lines`` one after the other, and how many each line holds.

    Raises
    ------
    ValueError
        Where a word is not a number.
    """
    text = b"\n".join(lines)
    return np.array(text.split(), dtype=np.float64), words_per_line(text)


def integers(lines: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """As :func:`floats`, for whole numbers."""
    text = b"\n".join(lines)
    counts = words_per_line(text)
    try:
        values = np.fromstring(text, dtype=np.int64, sep=" ") if text.strip() else np.zeros(0, dtype=np.int64)
    except ValueError:
        values = np.zeros(0, dtype=np.int64)  # the count below finds the word that stopped it
    if len(values) != counts.sum():
        word = next((w for w in text.split() if not re.fullmatch(rb"[-+]?\d+", w)), b"")
        raise ValueError(f"{word.decode('latin-1')!r} is not a whole number")
    return values, counts


def first_columns(values: np.ndarray, counts: np.ndarray, width: int) -> np.ndarray:
    """The first ``width`` numbers of every row. (rows, width); every count must be at least ``width``."""
    if len(counts) and np.all(counts == counts[0]):
        return values.reshape(len(counts), -1)[:, :width]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    return values[starts[:, None] + np.arange(width)]
