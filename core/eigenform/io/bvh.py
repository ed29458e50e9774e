"""BVH: a skeleton and its movement as motion capture writes them.

Every joint has an offset from its parent and channels: turns in degrees about axes, applied in the order in which they
stand (``R = R_1 R_2 R_3``), and shifts that take the place of the offset. Units and axes are those of the file; any
order of channels, any number of roots' children and end sites are read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eigenform.errors import InputError

_CHANNELS = {f"{axis}{kind}": (kind, i) for i, axis in enumerate("xyz") for kind in ("rotation", "position")}
_MOST_JOINTS = 2000


@dataclass(frozen=True, eq=False)
class Bvh:
    """A movement.

    Parameters
    ----------
    names : tuple of str
        J joints, parents first; the first is the root.
    parents : (J,) int64
        -1 for the root.
    offsets : (J, 3) float64
        From the parent, without any turn.
    ends : (J, 3) float64
        Offset of the joint's end site, NaN where it has none.
    rotations : (T, J, 3, 3) float64
        In the frame of the parent.
    positions : (T, J, 3) float64
        In the frame of the parent: the offset, or what the channels say.
    seconds : float
        From frame to frame.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    offsets: np.ndarray
    ends: np.ndarray
    rotations: np.ndarray
    positions: np.ndarray
    seconds: float

    def worlds(self) -> tuple[np.ndarray, np.ndarray]:
        """Orientations (T, J, 3, 3) and places (T, J, 3) of the joints in the world of the file."""
        turns, places = self.rotations.copy(), self.positions.copy()
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                turns[:, joint] = turns[:, parent] @ self.rotations[:, joint]
                moved = np.einsum("tij,tj->ti", turns[:, parent], self.positions[:, joint])
                places[:, joint] = places[:, parent] + moved
        return turns, places


class _Lines:
    """The words of the file with the numbers of their lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error
        self.lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        self.at = 0

    def next(self, wanted: str = "") -> list[str]:
        """The words of the next line, whose first must be ``wanted`` in any case."""
        if self.at >= len(self.lines):
            raise self.error(f"it ends where {wanted or 'more'} was expected", last=True)
        words = self.lines[self.at][1]
        self.at += 1
        if wanted and words[0].upper().rstrip(":") != wanted:
            raise self.error(f"{words[0][:40]!r} stands where {wanted} was expected")
        return words

    def peek(self) -> str:
        return self.lines[self.at][1][0].upper() if self.at < len(self.lines) else ""

    def numbers(self, words: list[str], count: int) -> list[float]:
        try:
            found = [float(w) for w in words]
        except ValueError:
            raise self.error(f"{' '.join(words)[:60]!r} are not numbers") from None
        if len(found) != count or not np.isfinite(found).all():
            raise self.error(f"{count} numbers were expected and {len(found)} found")
        return found

    def error(self, what: str, last: bool = False) -> InputError:
        number = self.lines[min(self.at, len(self.lines)) - 1][0] if self.lines and (self.at or last) else 1
        return InputError(f"{self.path}, line {number}: {what}.")


def read_bvh(path: str | os.PathLike[str]) -> Bvh:
    """The movement in a BVH file.

    Raises
    ------
    InputError
        One sentence with the line that could not be read.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    lines = _Lines(path)
    lines.next("HIERARCHY")
    joints = _hierarchy(lines)
    lines.next("MOTION")
    count_words = lines.next("FRAMES")
    count = lines.numbers(count_words[1:], 1)[0]
    if count != int(count) or count < 1:
        raise lines.error(f"{count_words[-1]} is not a number of frames")
    time_words = lines.next("FRAME")
    seconds = lines.numbers(time_words[2:], 1)[0]
    if seconds <= 0:
        raise lines.error(f"{time_words[-1]} is not a frame time in seconds")
    return _assembled(joints, _table(lines, int(count), sum(len(j.channels) for j in joints)), seconds)


@dataclass
class _Joint:
    name: str
    parent: int
    offset: list[float]
    channels: list[tuple[str, int]]
    end: list[float]


def _hierarchy(lines: _Lines) -> list[_Joint]:
    """The joints; nesting is followed by hand, so that no depth of it can exhaust the stack."""
    joints: list[_Joint] = []
    words = lines.next("ROOT")
    joints.append(_joint(lines, words, -1))
    open_joints = [0]
    while open_joints:
        words = lines.next()
        what = words[0].upper()
        if what == "JOINT":
            joints.append(_joint(lines, words, open_joints[-1]))
            open_joints.append(len(joints) - 1)
            if len(joints) > _MOST_JOINTS:
                raise lines.error(f"more than {_MOST_JOINTS} joints are not a skeleton")
        elif what == "END":
            lines.next("{")
            joints[open_joints[-1]].end = lines.numbers(lines.next("OFFSET")[1:], 3)
            lines.next("}")
        elif what == "}":
            open_joints.pop()
        else:
            raise lines.error(f"{words[0][:40]!r} stands where JOINT, End Site or }} was expected")
    if lines.peek() == "ROOT":
        lines.next()
        raise lines.error("a second skeleton begins; a file with one would work")
    return joints


def _joint(lines: _Lines, words: list[str], parent: int) -> _Joint:
    name = " ".join(words[1:]).rstrip("{").strip() or f"joint {lines.at}"
    if not words[-1].endswith("{"):
        lines.next("{")
    offset = lines.numbers(lines.next("OFFSET")[1:], 3)
    channels: list[tuple[str, int]] = []
    if lines.peek() == "CHANNELS":
        said = lines.next()
        if len(said) < 2 or not said[1].isdigit() or int(said[1]) != len(said) - 2:
            raise lines.error("the number of CHANNELS does not fit their names")
        for channel in said[2:]:
            if channel.lower() not in _CHANNELS:
                raise lines.error(f"{channel[:40]!r} is not a channel")
            channels.append(_CHANNELS[channel.lower()])
    return _Joint(name, parent, offset, channels, [np.nan] * 3)


def _table(lines: _Lines, count: int, width: int) -> np.ndarray:
    """The numbers (T, C) of the frames."""
    rows = lines.lines[lines.at :]
    if len(rows) < count:
        lines.at = len(lines.lines)
        raise lines.error(f"{len(rows)} of {count} frames are there", last=True)
    table = np.empty((count, width))
    for i, (_, words) in enumerate(rows[:count]):
        lines.at += 1
        table[i] = lines.numbers(words, width)
    return table


def _assembled(joints: list[_Joint], table: np.ndarray, seconds: float) -> Bvh:
    from eigenform.avatar.figure.rotations import matrices

    count = len(table)
    offsets = np.array([j.offset for j in joints])
    rotations = np.broadcast_to(np.eye(3), (count, len(joints), 3, 3)).copy()
    positions = np.broadcast_to(offsets, (count, len(joints), 3)).copy()
    column = 0
    for number, joint in enumerate(joints):
        for kind, axis in joint.channels:
            values = table[:, column]
            column += 1
            if kind == "position":
                positions[:, number, axis] = values
            else:
                turn = np.zeros((count, 3))
                turn[:, axis] = np.radians(values)
                rotations[:, number] = rotations[:, number] @ matrices(turn)
    return Bvh(
        tuple(j.name for j in joints),
        np.array([j.parent for j in joints], dtype=np.int64),
        offsets,
        np.array([j.end for j in joints], dtype=np.float64),
        rotations,
        positions,
        seconds,
    )
