"""Movements: reading a moment off a clip, and giving a clip to another skeleton."""

from __future__ import annotations

import numpy as np

from eigenform.avatar.figure.rotations import between, matrices
from eigenform.errors import InputError
from eigenform.figure_types import Clip, Skeleton


def duration(clip: Clip, loop: bool = False) -> float:
    """Seconds from the first to the last frame, or to the first one again."""
    return (len(clip.rotations) - (0 if loop else 1)) / clip.fps


def closes(clip: Clip) -> bool:
    """Whether the first frame follows the last as smoothly as frames follow each other: a movement that loops."""
    if len(clip.rotations) < 3:
        return False
    places = np.concatenate([matrices(clip.rotations).reshape(len(clip.rotations), -1), clip.translations], axis=1)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    return bool(np.linalg.norm(places[0] - places[-1]) <= 1.5 * steps.max())


def closed(clip: Clip) -> Clip:
    """A movement that loops with its first frame again at its end; others as they are."""
    if not closes(clip):
        return clip
    around = [*range(len(clip.rotations)), 0]
    return Clip(clip.name, clip.rotations[around], clip.translations[around], clip.fps)


def frame(clip: Clip, time: float, loop: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (J, 3) and translation (3,) at a time.

    Rotations between two frames lie on the shorter arc (spherical interpolation), translations on a straight line.

    Parameters
    ----------
    clip : Clip
    time : float
        Seconds since the first frame.
    loop : bool
        Whether the first frame follows the last; otherwise the last is held.

    Raises
    ------
    InputError
        Where the clip has no frames.
    """
    count = len(clip.rotations)
    if not count:
        raise InputError(f"The clip {clip.name} has no frames.")
    place = time * clip.fps
    place = place % count if loop else min(max(place, 0.0), count - 1.0)
    low = min(int(place), count - 1)
    high, share = (low + 1) % count, place - int(place)
    if share == 0.0 or low == high:
        return clip.rotations[low].copy(), clip.translations[low].copy()
    turned = between(clip.rotations[low], clip.rotations[high], share)
    return turned, (1.0 - share) * clip.translations[low] + share * clip.translations[high]


def resampled(clip: Clip, fps: float) -> Clip:
    """The same movement at another number of frames a second."""
    count = max(1, round(duration(clip) * fps) + 1)
    frames = [frame(clip, min(i / fps, duration(clip)), loop=False) for i in range(count)]
    return Clip(clip.name, np.stack([f[0] for f in frames]), np.stack([f[1] for f in frames]), fps)


def transfer(clip: Clip, names: tuple[str, ...], skeleton: Skeleton, scale: float = 1.0) -> Clip:
    """A clip for another skeleton whose bones of the same names mean the same: bodies of one model.

    Parameters
    ----------
    clip : Clip
    names : tuple of str
        The bones of ``clip``, one for each of its rotations.
    skeleton : Skeleton
        The one to move; bones that ``names`` lacks stay unturned.
    scale : float
        Factor of the translations, such as the ratio of leg lengths.

    Raises
    ------
    InputError
        Where no name is shared; :func:`eigenform.avatar.figure.retarget.retarget` carries over between rigs.
    """
    place = {name: i for i, name in enumerate(names)}
    shared = [(j, place[name]) for j, name in enumerate(skeleton.names) if name in place]
    if not shared:
        raise InputError(f"The clip {clip.name} shares no bone with the skeleton: {', '.join(names[:3])}, ...")
    rotations = np.zeros((len(clip.rotations), len(skeleton.names), 3))
    to, source = np.array(shared).T
    rotations[:, to] = clip.rotations[:, source]
    return Clip(clip.name, rotations, clip.translations * scale, clip.fps)
