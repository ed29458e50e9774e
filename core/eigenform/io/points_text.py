"""Point lists and tables as text: XYZ, PTS, CSV, TSV, TXT, whatever separates their numbers."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np

from eigenform.errors import InputError
from eigenform.io.raw import Raw, Request, Unreadable
from eigenform.io.sentences import counted, were

_LABELS = ("label", "labels", "class", "target", "y", "species", "category")
_INDEX = ("", "index", "id", "unnamed: 0")


def read_points(path: Path, request: Request) -> Raw:
    """Rows of numbers.

    Comments (``#``, ``//``, ``%``) and a header line are skipped; numbers stand apart by commas, semicolons, tabs or
    spaces; ``1,5`` is read as 1.5 where something else separates. ``.xyz`` and ``.pts`` hold points in 3-D with
    optional unit normals or colours behind them; other tables with more than three columns are features, unless their
    header names the columns x, y and z. A column named ``label``, ``class``, ``target`` or ``y`` becomes labels.
    """
    lines = _lines(path)
    request.check()
    if len(lines) > 1 and re.fullmatch(r"\d+", lines[0]) and not re.fullmatch(r"\d+", lines[1]):
        lines = lines[1:]  # PTS files begin with their count
    separator = _separator(lines)
    if separator != "," and "," in "".join(lines[:50]):
        lines = [line.replace(",", ".") for line in lines]
    header = _split(lines[0], separator)
    named = not all(_is_number(word) for word in header)
    names = [word.strip().strip('"').lower() for word in header] if named else []
    body = lines[1:] if named else lines
    if not body:
        raise InputError(f"{path} has a header line but no numbers below it.")
    rows = [_split(line, separator) for line in body]
    request.check()
    table, words = _table(rows, names, path)
    return _meaning(table, words, names, request.suffix, path)


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text(encoding="latin-1")
    if "\0" in text:
        raise Unreadable("it is not text")
    found = (re.split(r"#|//|%", line, maxsplit=1)[0].strip() for line in text.splitlines())
    lines = [line for line in found if line]
    if not lines:
        raise InputError(f"{path} holds no numbers.")
    return lines


def _separator(lines: list[str]) -> str | None:
    """What separates the numbers of most lines; None stands for any white space."""
    sample = lines[-50:]
    for mark in (";", "\t"):
        if all(mark in line for line in sample):
            return mark
    if all("," in line for line in sample):
        # "1,5 2,5 3,5": commas only between digits, and white space between the numbers
        decimal = all(re.search(r"\d\s+[-+\d]", line) and not re.search(r",\s|,\S*,", line) for line in sample)
        return None if decimal else ","
    return None


def _split(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    if '"' in line:
        return next(csv.reader([line], delimiter=separator))
    parts = line.split(separator)
    return parts[:-1] if len(parts) > 1 and not parts[-1].strip() else parts


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _table(rows: list[list[str]], names: list[str], path: Path) -> tuple[np.ndarray, dict[int, list[str]]]:
    """Numbers, and the columns of words (their numbers are zero)."""
    width = len(rows[0])
    for number, row in enumerate(rows):
        if len(row) != width:
            raise InputError(
                f"{path}: row {number + 1} has {len(row)} values where the first has {width}; every row must have as "
                "many (is the file cut short?)."
            )
    try:
        return np.array(rows, dtype=np.float64), {}
    except ValueError:
        pass
    words = {}
    table = np.zeros((len(rows), width))
    if not names or len(names) != width:
        names = []
    for column in range(width):
        cells = [row[column].strip() for row in rows]
        try:
            table[:, column] = np.array([cell or "nan" for cell in cells], dtype=np.float64)
        except ValueError as error:
            if not names or any(_is_number(cell) for cell in cells):
                bad = next(i for i, cell in enumerate(cells) if cell and not _is_number(cell))
                raise InputError(
                    f"{path}: row {bad + 1}, column {column + 1} holds {cells[bad]!r} instead of a number."
                ) from error
            words[column] = cells
    return table, words


def _meaning(table: np.ndarray, words: dict[int, list[str]], names: list[str], suffix: str, path: Path) -> Raw:
    """Which columns are coordinates, normals and labels."""
    notes: list[str] = []
    keep = [i for i in range(table.shape[1]) if i not in words]
    labels = None
    named = [i for i, name in enumerate(names[: table.shape[1]]) if name in _LABELS]
    if names and {"x", "y"} <= set(names):
        named = [i for i in named if names[i] != "y"]
    for column in [*named, *words][:1]:
        values = np.array(words[column]) if column in words else table[:, column]
        labels = np.unique(values, return_inverse=True)[1].astype(np.int64)
        keep = [i for i in keep if i != column]
    if names and len(keep) > 1 and names[keep[0]] in _INDEX and _counts(table[:, keep[0]]):
        notes.append("The first column only counts the rows and was left out.")
        keep = keep[1:]
    if dropped := [names[i] or str(i + 1) for i in words if labels is None or i not in [*named, *words][:1]]:
        notes.append(f"Columns without numbers were left out: {', '.join(dropped)}.")
    if not keep:
        raise InputError(f"{path} has no column of numbers.")
    axes = [names.index(axis) for axis in ("x", "y", "z") if axis in names]
    if len(axes) >= 2:
        normal = [names.index(n) for n in ("nx", "ny", "nz") if n in names]
        normals = table[:, normal] if len(normal) == 3 else None
        return Raw(table[:, axes], normals=normals, labels=labels, notes=notes)
    table = table[:, keep]
    extra = table[:, 3:]
    points_only = suffix in (".xyz", ".pts")
    if table.shape[1] == 6 and suffix in (".xyz", ".pts", ".txt") and _units(extra):
        return Raw(table[:, :3], normals=extra, labels=labels, notes=notes)
    if points_only and table.shape[1] > 3:
        notes.append(f"{counted(extra.shape[1], 'column')} behind the coordinates {were(extra.shape[1])} left out.")
        table = table[:, :3]
    return Raw(table, labels=labels, notes=notes)


def _counts(column: np.ndarray) -> bool:
    return bool(np.array_equal(column - column[0], np.arange(len(column))))


def _units(rows: np.ndarray) -> bool:
    """Whether the rows are unit vectors, to the digits of a text file."""
    good = np.isfinite(rows).all(axis=1)
    return bool(good.any()) and bool(np.all(np.abs(np.linalg.norm(rows[good], axis=1) - 1) < 0.02))
