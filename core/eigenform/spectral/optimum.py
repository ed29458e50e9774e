"""The probe optimum: what a perfectly trained network would reach, in closed form."""

from __future__ import annotations

import time

import numpy as np

from eigenform.jobs import JobContext
from eigenform.provenance import describe
from eigenform.spectral.assemble import assemble
from eigenform.spectral.draws import Draw, choose_samples, make_draw, normalisation, point_pool
from eigenform.spectral.interpolate import interpolate
from eigenform.spectral.model import Frame
from eigenform.spectral.readout import log_spectrum
from eigenform.spectral.settings import ProbeParams
from eigenform.types import Basis, Shape


def solve(shape: Shape, *, params: ProbeParams, ctx: JobContext) -> Basis:
    """The minimiser of the nested loss for these probes, at every vertex of the shape.

    By Ky Fan's principle it is the leading eigenvectors of the probe covariance, for every truncation at once: of the
    diffusion operator itself for ``exact`` probes (Lanczos), of the covariance of the drawn functions otherwise.
    Vertices that are no samples take the Gaussian average of the nearest samples.

    Parameters
    ----------
    shape : Shape
    params : ProbeParams
    ctx : JobContext

    Returns
    -------
    Basis

    Raises
    ------
    InputError
        Where there are fewer distinct points than modes.
    """
    from eigenform.memory import forecast, require

    started = time.perf_counter()
    needed = forecast("probes", len(shape.verts), params, mesh=shape.kind == "mesh")
    require(needed, f"The probe optimum on {len(shape.verts):,} points")
    ctx.step(0, 3, "Taking samples")
    pool = point_pool(shape, params.seed, params.samples)
    centre, scale = normalisation(pool)
    pool = (pool - centre) / scale
    points = pool[choose_samples(pool, params.samples, params.seed, 0, ctx.check)]
    ctx.step(1, 3, "Solving for the optimum")
    draw = make_draw(points, params, ctx=ctx, pairs=min(len(points), params.modes + 1))
    ctx.step(2, 3, "Carrying modes to every vertex")
    frame = Frame(centre, scale, points, draw.diffusion.labels)
    verts = frame.normalised(shape.verts)
    metric = draw.diffusion.root**2
    rates = log_spectrum(quotients(draw))
    order = np.argsort(rates, kind="stable")  # drawn probes rank modes by their energy, not by their smoothness
    basis = assemble(
        shape,
        interpolate(points, (draw.vectors / draw.root)[:, order], verts, ctx.check),
        rates[order],
        frame.lifted(verts)[1],
        describe(
            "probes",
            params,
            seconds=time.perf_counter() - started,
            operator=operator_words(draw),
            samples=len(points),
            normalisation={"centre": centre, "scale": scale},
            eigenvalues="log-spectrum",
            loss=None,
            optimum=optimum_value(draw),
        ),
        implicit_metric=interpolate(points, metric, verts, ctx.check),
        name="probe optimum",
        check=ctx.check,
    )
    ctx.step(3, 3, "Done")
    return basis


def quotients(draw: Draw) -> np.ndarray:
    """Rayleigh quotients of the optimum's modes with the diffusion operator."""
    frame = draw.vectors * (draw.diffusion.root[:, None] / draw.root)
    frame = frame / np.linalg.norm(frame, axis=0)
    return np.einsum("ij,ij->j", frame, draw.diffusion.operator @ frame)


def optimum_value(draw: Draw) -> float:
    """The least loss there is for the draw's probes."""
    modes = len(draw.values)
    return float(draw.total - (np.arange(modes, 0, -1) / modes) @ draw.values)


def operator_words(draw: Draw) -> str:
    """The operator in words, for provenance."""
    return f"diffusion over nearest neighbours, {draw.diffusion.width} width, {draw.diffusion.components} component(s)"
