"""Points as they come, made ready for a surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.normals.denoise import denoise_points
from eigenform.implicit.normals.estimate import estimate_normals, typical_spacing
from eigenform.implicit.normals.noise import estimate_noise
from eigenform.implicit.normals.orient import orient_normals, repair
from eigenform.implicit.normals.outliers import outliers
from eigenform.implicit.normals.support import unsupported
from eigenform.jobs import unwatched

LEAST = 12
"""Distinct points that a surface needs."""
NOISY = 0.1
"""Noise above this, in typical distances between points, is taken off before a surface is fitted."""
ESTIMATED_TRUST = 0.03
"""See :attr:`Prepared.normal_trust`."""
_FLIPPED_LIMIT = 0.25
"""Where more of the given normals than this are wrong, none of their sides is to be believed."""
_COHERENT = 0.5
"""Nor where neighbours have a smaller mean cosine."""
_TRUE_LINES = 0.8
"""Their lines are believed where the mean absolute cosine with those of the points is at least this."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Points that a field can be fitted to.

    Parameters
    ----------
    points : (M, 3) float64
        In the units of the input; duplicates and outliers are gone, and where the points are noisy and had no
        normals of their own they are moved onto the local surface.
    normals : (M, 3) float64
        Unit and outward.
    weights : (M,) float64
        How far each point is to be trusted, in [0, 1].
    noise : float
        Standard deviation of the given points about the surface along its normal, in their units.
    residual : float
        The same for ``points``: less than ``noise`` where they were moved.
    normal_trust : float
        Factor on the weight of the normals in a fit: 1 for given ones, 0.03 for those estimated from the same points,
        which say little more than the points do (measured: 1 is up to 40 % worse at 256 cells, 0 a little).
    report : dict
        JSON-serialisable: ``given``, ``kept``, ``duplicates``, ``outliers``, ``normals`` (``given`` or
        ``estimated``), ``missing`` (zero or not finite), ``rescaled`` (not of unit length), ``flipped``,
        ``oriented`` (given, but without a consistent side), ``inside_out``, ``noise``, ``moved`` (root mean square
        distance between ``points`` and the given ones), and ``notes``: sentences for the person.
    kept : (M,) int64
        Which of the given points they are.
    """

    points: np.ndarray
    normals: np.ndarray
    weights: np.ndarray
    noise: float
    residual: float
    normal_trust: float = 1.0
    report: dict[str, Any] = field(default_factory=dict)
    kept: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def prepare_points(
    points: np.ndarray,
    normals: np.ndarray | None = None,
    *,
    noise: float | None = None,
    check: Callable[[], None] = unwatched,
) -> Prepared:
    """Leave out duplicates and outliers, measure the noise, and give every point a good outward normal.

    Given normals are kept where they are good: those that are zero or not finite are estimated, those that point to
    the wrong side of the global indicator function are flipped. Normals that all point inward are consistent, and an
    inward surface may be meant (a cavity, a room seen from inside): they are kept as they are, ``inside_out`` is
    reported, and the field is then positive in the bounded part. Where more than a quarter disagree with each other,
    their sides are not believed and are found anew, nor are their directions unless the points bear them out.

    Parameters
    ----------
    points : (N, 3) float
    normals : (N, 3) float, optional
        Outward; estimated and oriented where not given.
    noise : float, optional
        Standard deviation of the points about the surface, in their units; estimated where not given.
    check : callable, optional
        Called often; may raise to cancel.

    Returns
    -------
    Prepared

    Raises
    ------
    InputError
        Where fewer than 12 distinct finite points are left, or all of them lie on a line.
    """
    points = np.asarray(points, dtype=np.float64)
    normals = None if normals is None else _one_each(points, normals)
    report: dict[str, Any] = {"given": len(points), "notes": []}
    finite = np.isfinite(points).all(axis=1)
    kept = np.flatnonzero(finite)
    _, first = np.unique(points[kept], axis=0, return_index=True)
    report["duplicates"] = int(len(kept) - len(first))
    kept = kept[np.sort(first)]
    _enough(points[kept], report["given"])
    far = outliers(points[kept], check=check)
    report["outliers"] = int(far.sum())
    kept = kept[~far]
    _enough(points[kept], report["given"])
    clean = points[kept]
    noise = estimate_noise(clean, check=check) if noise is None else float(noise)
    own = None if normals is None else normals[kept]
    ready, found = prepare_normals(clean, own, noise=noise, check=check)
    report["notes"] += found.pop("notes")
    report |= found
    weights, residual = np.ones(len(clean)), noise
    report["moved"] = 0.0
    if report["normals"] == "estimated" and noise > NOISY * typical_spacing(clean, check):
        moved, sharper, variance = denoise_points(clean, ready, noise, check=check)
        step = np.linalg.norm(moved - clean, axis=1)
        good = ~unsupported(moved, sharper, step, variance, noise, check)
        if good.mean() > 0.9:  # else the cloud is too sparse for any neighbourhood to tell more than the points do
            report["outliers"] += int((~good).sum())
            report["moved"] = float(np.sqrt(np.mean(step[good] ** 2)))
            typical = float(np.median(variance[good]))
            weights, residual = np.minimum(typical / variance[good], 1.0), float(np.sqrt(typical))
            clean, ready, kept = moved[good], sharper[good], kept[good]
    report["kept"] = len(kept)
    if report["outliers"]:
        report["notes"].append(f"{report['outliers']:,} points that lie on no surface were left out.")
    trust = 1.0 if report["normals"] == "given" else ESTIMATED_TRUST
    return Prepared(clean, ready, weights, noise, residual, trust, report, kept)


def prepare_normals(
    points: np.ndarray,
    normals: np.ndarray | None = None,
    check: Callable[[], None] = unwatched,
    *,
    noise: float | None = None,
) -> tuple[np.ndarray, dict[str, Any]]:
    """Unit outward normals for points, and what had to be done for them.

    Parameters
    ----------
    points : (N, 3) float
    normals : (N, 3) float, optional
    check : callable, optional
        Called often; may raise to cancel.
    noise : float, optional
        As in :func:`prepare_points`.

    Returns
    -------
    normals : (N, 3) float64
    report : dict
        The entries about normals of :attr:`Prepared.report`.
    """
    points = np.asarray(points, dtype=np.float64)
    noise = estimate_noise(points, check=check) if noise is None else float(noise)
    report: dict[str, Any] = {
        "missing": 0,
        "rescaled": 0,
        "flipped": 0,
        "oriented": False,
        "inside_out": False,
        "noise": noise,
    }
    notes: list[str] = []
    report["notes"] = notes
    if normals is not None:
        given = _one_each(points, normals)
        length = np.linalg.norm(given, axis=1)
        missing = ~np.isfinite(length) | (length < 1e-12)
        report["missing"] = int(missing.sum())
        report["rescaled"] = int((np.abs(length[~missing] - 1) > 1e-3).sum())
        if not missing.all():
            unit = np.where(missing[:, None], 0.0, given / np.where(missing, 1.0, length)[:, None])
            fixed = _repaired(points, unit, missing, noise, report, check)
            if fixed is not None:
                report["normals"] = "given"
                return fixed, report
            notes.append("The normals disagree with each other, so that they were estimated from the points.")
        else:
            notes.append("All normals are zero or not finite, so that they were estimated from the points.")
    report["normals"] = "estimated"
    estimated = estimate_normals(points, noise=noise, check=check)
    oriented = orient_normals(points, estimated, noise=noise, check=check)
    spacing = typical_spacing(points, check)
    if noise > NOISY * spacing:
        return oriented, report
    # small quadrics tell the normals of clean points better than planes; positions need no mending
    return denoise_points(points, oriented, max(noise, 1e-3 * spacing), largest=64, check=check)[1], report


def _repaired(
    points: np.ndarray,
    unit: np.ndarray,
    missing: np.ndarray,
    noise: float,
    report: dict[str, Any],
    check: Callable[[], None],
) -> np.ndarray | None:
    """Given unit normals with the missing ones filled in and the wrong ones flipped; None where most are wrong."""
    from eigenform.geometry.neighbours import knn

    notes = report["notes"]
    if missing.any():
        good = np.flatnonzero(~missing)
        _, nearest = knn(points[good], min(5, len(good)), points[missing], check)
        filled = estimate_normals(points, noise=noise, check=check)[missing]
        side = np.einsum("ij,ij->i", filled, unit[good][nearest].sum(axis=1))
        unit = unit.copy()
        unit[missing] = np.where(side < 0, -1.0, 1.0)[:, None] * filled
        notes.append(f"{int(missing.sum()):,} normals were zero or not finite and were estimated from the points.")
    fixed, flipped = repair(points, unit, check=check)
    share = float(flipped.mean())
    if share > _FLIPPED_LIMIT or _coherence(points, fixed, check) < _COHERENT:
        plain = estimate_normals(points, noise=noise, check=check)
        if float(np.abs(np.einsum("ij,ij->i", plain, unit)).mean()) < _TRUE_LINES:
            return None
        notes.append("The normals had no consistent side and were turned outward.")
        report["oriented"] = True
        fixed = orient_normals(points, unit, noise=noise, check=check)
        report["flipped"] = int((np.einsum("ij,ij->i", fixed, unit) < 0).sum())
        return fixed
    report["flipped"] = int(flipped.sum())
    if flipped.any():
        notes.append(f"{int(flipped.sum()):,} normals pointed to the wrong side and were flipped.")
    report["inside_out"] = inside_out(points, fixed, check)
    if report["inside_out"]:
        notes.append("The normals point inward, so that the inside of the field is the space around the points.")
    return fixed


def _coherence(points: np.ndarray, normals: np.ndarray, check: Callable[[], None]) -> float:
    """Mean cosine of normals with that of their nearest neighbour."""
    from eigenform.geometry.neighbours import knn

    _, nearest = knn(points, 1, check=check)
    return float(np.einsum("ij,ij->i", normals, normals[nearest[:, 0]]).mean())


def inside_out(points: np.ndarray, normals: np.ndarray, check: Callable[[], None] = unwatched) -> bool:
    """Whether the surface encloses a negative volume: its normals point inward.

    By the divergence theorem the volume is a third of the flux of the position, with each point standing for its area.
    """
    from eigenform.implicit.normals.sign import areas

    weights = areas(points, check)
    arms = points - np.average(points, axis=0, weights=weights)
    reach = float(np.average(np.linalg.norm(arms, axis=1), weights=weights))
    flux = float(np.average(np.einsum("ij,ij->i", arms, normals), weights=weights))
    return flux < -0.05 * reach  # an open surface encloses nothing, whichever way its normals point


def _one_each(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """The normals as float64, once there is one for each point."""
    given = np.asarray(normals, dtype=np.float64)
    if given.shape != points.shape:
        raise InputError(f"There are {len(given):,} normals for {len(points):,} points; each point needs one.")
    return given


def _enough(points: np.ndarray, given: int) -> None:
    """Raise :class:`InputError` where points cannot carry a surface."""
    if len(points) < LEAST:
        raise InputError(f"A surface needs at least {LEAST} distinct points; of the {given:,} given {len(points)} are.")
    spread = np.linalg.svd(points[:: max(1, len(points) // 5000)] - points.mean(axis=0), compute_uv=False)
    if spread[1] <= 1e-6 * spread[0]:
        raise InputError("All points lie on one line; a surface needs points that spread in two directions.")
