"""Find the person in a picture: mask, keypoints, and the square crop that later stages look at."""

from __future__ import annotations

import time

import numpy as np

from eigenform.avatar.photo import checks, crops
from eigenform.avatar.photo.frames import diverse, further_pictures, spaced
from eigenform.avatar.photo.keypoint_files import read_keypoints
from eigenform.avatar.photo.masks import largest_part, parts, read_mask
from eigenform.avatar.photo.models import Finder, finder_of
from eigenform.avatar.photo.photograph import photograph
from eigenform.avatar.photo.settings import FindPersonParams
from eigenform.errors import InputError
from eigenform.figure_types import Person, View
from eigenform.jobs import JobContext
from eigenform.provenance import describe
from eigenform.types import Image

LEAST = 0.003
"""Share of the picture that somebody must fill to count."""

SURE = 0.5
"""Confidence from which a keypoint decides what belongs to the person."""

SPARE = 12
"""Pictures of a video or a folder that are looked at beyond those asked for, to choose from."""

PASSES = 2
"""Looks at the person's own crop after the look at the whole picture."""

CLOSER = (0.92, 0.84)
"""Sides of further crops in the last look, as shares of the crop's: the mean of all masks has a better outline."""


def run(image: Image, *, params: FindPersonParams, ctx: JobContext, finder: tuple[Finder, int] | None = None) -> Person:
    """Find one person.

    Parameters
    ----------
    image : Image
        Transparent pixels (``mask``) are not the person.
    params : FindPersonParams
    ctx : JobContext
    finder : (function, int), optional
        Stands for the network: see :mod:`eigenform.avatar.photo.models`, and the pixels along a side that it wants.

    Returns
    -------
    Person
        One view, or more where ``params.more`` names further pictures. ``meta["notes"]`` says what was changed.

    Raises
    ------
    InputError
        One sentence: nobody, several people, half a body, a drawing, a picture too small, no weights.
    """
    began = time.perf_counter()
    finder = finder or finder_of(params)
    view, notes = find_view(image, params, ctx, finder, files=True)
    views, sources = [view], [str(image.meta.get("source") or "")]
    for found, source, said in _further(view, params, ctx, finder):
        views.append(found)
        sources.append(source)
        notes += said
    meta = describe("find-person", params, seconds=time.perf_counter() - began - ctx.waited)
    kept = {"notes": notes, "sources": sources}
    return Person(tuple(views), meta={**meta, **kept}, name=image.name)


def _further(
    first: View, params: FindPersonParams, ctx: JobContext, finder: tuple[Finder, int] | None
) -> list[tuple[View, str, list[str]]]:
    """Views of the further pictures, with their files and notes: of more than were asked for those that differ most.

    Where there is a choice, a picture in which the person is not found is passed over.
    """
    count = params.frames
    pictures = further_pictures(params.more, count + (SPARE if finder is not None else 0), ctx)
    found, refused = [], []
    for picture in pictures:
        try:
            view, said = find_view(picture, params, ctx, finder, files=False)
        except InputError as error:
            if len(pictures) <= count:
                raise
            refused.append(error)
            continue
        said = [f"{picture.name}: {text}" for text in said]
        found.append((view, str(picture.meta.get("source") or ""), said))
    if refused and not found:
        raise refused[0]
    looks = [view.keypoints for view in (first, *(row[0] for row in found)) if view.keypoints is not None]
    if len(looks) == 1 + len(found):
        return [found[i - 1] for i in diverse(looks, 1 + count) if i]
    return [found[i] for i in spaced(len(found), count)]


def find_view(
    image: Image, params: FindPersonParams, ctx: JobContext, finder: tuple[Finder, int] | None, files: bool
) -> tuple[View, list[str]]:
    """One picture's view and notes; ``files`` says that the files named in ``params`` belong to it."""
    ctx.message(f"Looking at {image.name}")
    pixels, mask, notes = photograph(image, params.largest)
    shape = (pixels.shape[0], pixels.shape[1])
    if files and params.mask:
        mask = read_mask(params.mask, shape)
    keypoints = None
    if files and params.keypoints:
        full = image.pixels.shape[:2]
        keypoints, said = read_keypoints(params.keypoints, (full[0], full[1]))
        keypoints[:, :2] *= np.array([shape[1] / full[1], shape[0] / full[0]])
        notes += said
    if mask is not None:
        mask = largest_part(mask)
    guessed = finder is not None and keypoints is None
    if finder is not None and (mask is None or keypoints is None):
        mask, keypoints = _look(pixels, mask, keypoints, finder, params, ctx, image.name)
    if keypoints is not None and guessed and not params.accept_unsure:
        checks.refuse_unsure(keypoints, image.name)
    if sentence := checks.half_sentence(mask, keypoints, shape, image.name):
        if not params.accept_part:
            checks.refuse_half(mask, keypoints, shape, image.name)
        notes.append(sentence + ".")
    view = View(pixels, crop_of(mask, keypoints, shape), mask=mask, keypoints=keypoints)
    for name, value in (("mask", mask), ("keypoints", keypoints)):
        if value is None:
            what = "is no mask" if name == "mask" else "are no keypoints"
            notes.append(f"There {what} yet; set by hand or from a file.")
    return view, notes


def crop_of(mask: np.ndarray | None, keypoints: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """(3,) the crop that later stages see: around the mask and sure keypoints, else around those, else everything."""
    sure = np.zeros((0, 3)) if keypoints is None else keypoints[keypoints[:, 2] >= SURE]
    if mask is not None and mask.any():
        marked = np.array(mask)
        marked[_pixels_of(sure, shape)] = True
        return crops.around_mask(marked)
    if keypoints is not None and (keypoints[:, 2] > 0).any():
        return crops.around_points(sure if len(sure) else keypoints[keypoints[:, 2] > 0])
    return crops.whole(shape)


def _pixels_of(points: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels in which points lie, those beside the picture left out."""
    columns, rows = (np.floor(points[:, k]).astype(int) for k in (0, 1))
    inside = (columns >= 0) & (rows >= 0) & (columns < shape[1]) & (rows < shape[0])
    return rows[inside], columns[inside]


def _look(
    pixels: np.ndarray,
    mask: np.ndarray | None,
    keypoints: np.ndarray | None,
    finder: tuple[Finder, int],
    params: FindPersonParams,
    ctx: JobContext,
    where: str,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Fill in what is not given, by looks at crops that fit ever better."""
    find, size = finder
    shape = (pixels.shape[0], pixels.shape[1])
    chosen, first = mask, keypoints
    if mask is None and keypoints is None:
        ctx.message(f"Looking for people in {where}")
        everything, first = _seen(find, pixels, crops.whole(shape), size)
        if everything is None:
            raise InputError(
                "The model of keypoints needs to know where the person is: a mask file or a model of masks would work."
            )
        people = grouped([part for part in parts(everything > 0.5) if part.mean() >= LEAST])
        chosen = _choose(people, params.which, where)
        first = first if len(people) == 1 else None  # keypoints of several people are mixed
    crop = crop_of(chosen, first, shape)
    found_mask, found_points = mask, keypoints
    for number in range(PASSES):
        ctx.step(number + 1, PASSES, "Looking closer")
        seen, points = _seen(find, pixels, crop, size)
        found_points = points if keypoints is None else keypoints
        if mask is None and seen is not None:
            if number == PASSES - 1:
                seen = _evened(seen, find, pixels, crop, size)
            found_mask = pieces(seen > 0.5, chosen, found_points)
            if not found_mask.any():
                raise _nobody(where)
        if mask is not None or found_mask is None:
            break  # the crop stays as it is
        crop = crop_of(found_mask, found_points, shape)
    return found_mask, found_points


def _seen(
    find: Finder, pixels: np.ndarray, crop: np.ndarray, size: int, beside: float = 0.0
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Chance of each pixel to be of a person, and keypoints, of a crop, on the pixels of the picture.

    ``beside`` is the chance that stands beside the crop.
    """
    found = find(crops.resample(pixels, crop, size))
    mask = points = None
    if found.mask is not None:
        mask = crops.paste(np.asarray(found.mask, np.float32), crop, (pixels.shape[0], pixels.shape[1]), beside)
    if found.keypoints is not None:
        flat = crops.to_pixels(found.keypoints[:, :2], crop)
        points = np.column_stack([flat, np.clip(found.keypoints[:, 2], 0, 1)])
    return mask, points


def _evened(seen: np.ndarray, find: Finder, pixels: np.ndarray, crop: np.ndarray, size: int) -> np.ndarray:
    """The mean of the chances of a crop and of those of :data:`CLOSER` crops, where these reach."""
    total = seen.copy()
    for share in CLOSER:
        closer = crop * np.array([1.0, 1.0, share])
        chance, _ = _seen(find, pixels, closer, size, beside=-1.0)
        if chance is None:
            return seen
        total += np.where(chance < 0, seen, chance)
    return np.asarray(total / (1 + len(CLOSER)))


def grouped(found: list[np.ndarray]) -> list[np.ndarray]:
    """Parts of a mask as people: parts above one another are one person behind something."""
    people: list[np.ndarray] = []
    for part in found:
        for i, person in enumerate(people):
            if _above(person, part):
                people[i] = person | part
                break
        else:
            people.append(part)
    return people


def _above(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether one part stands above the other: columns shared, rows not."""
    rows, columns = ([np.flatnonzero(m.any(axis=k)) for m in (one, other)] for k in (1, 0))
    shared = min(columns[0][-1], columns[1][-1]) - max(columns[0][0], columns[1][0]) + 1
    narrow = min(np.ptp(columns[0]), np.ptp(columns[1])) + 1
    apart = max(rows[0][0], rows[1][0]) - min(rows[0][-1], rows[1][-1])
    return bool(shared > 0.5 * narrow and apart > 0)


def pieces(mask: np.ndarray, chosen: np.ndarray | None, points: np.ndarray | None) -> np.ndarray:
    """The person's parts of a mask: the largest one near ``chosen``, and others on which sure keypoints lie."""
    found = largest_part(mask, near=chosen)
    if points is None:
        return found
    sure = _pixels_of(points[points[:, 2] >= SURE], (mask.shape[0], mask.shape[1]))
    for part in parts(mask & ~found, share=0.02):
        if part[sure].any():
            found = found | part
    return found


def _choose(people: list[np.ndarray], which: int, where: str) -> np.ndarray:
    """The mask of the person asked for."""
    if not people:
        raise _nobody(where)
    if which == -1:
        return max(people, key=lambda part: int(part.sum()))
    if which == 0:
        if len(people) > 1:
            raise InputError(
                f"{where} shows {len(people)} people; naming one (1 to {len(people)} from the left, -1 for the "
                "largest), or a picture of one of them, would work."
            )
        return people[0]
    if which > len(people):
        raise InputError(f"{where} shows {len(people)} {'person' if len(people) == 1 else 'people'}, not {which}.")
    return people[which - 1]


def _nobody(where: str) -> InputError:
    return InputError(
        f"No person was found in {where}; a picture in which one fills more of the frame, or a mask brushed by hand, "
        "would work."
    )
