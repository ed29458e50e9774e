"""Levenberg and Marquardt's method for the fit, with limits: ten steps do what a thousand of gradient descent do.

All derivatives are differences of bodies that are posed in one batch: for seventy unknowns that is faster than a step
of reverse differentiation through the small operations of a skeleton.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from eigenform.avatar.body.model import Posed, Rest
from eigenform.avatar.body.rotations import axis_angle_to_matrix
from eigenform.avatar.fit.terms import ShapeTerms, ViewTerms
from eigenform.avatar.fit.unknowns import CAMERA, TURN, Unknowns, slider_limits
from eigenform.jobs import unwatched

STEP = 1e-3
"""Difference of an unknown from which derivatives are taken."""

DAMPINGS = (0.03, 0.3, 3.0)
"""Factors of the damping of which the best is taken in each step."""


class LeastSquares:
    """The fit as a sum of squares.

    Parameters
    ----------
    unknowns : Unknowns
        Changed in place by :meth:`step`.
    views : sequence of ViewTerms
    shape : ShapeTerms
    check : function
        Called between the parts of a step; may raise to stop.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        views: Sequence[ViewTerms],
        shape: ShapeTerms,
        check: Callable[[], None] = unwatched,
    ) -> None:
        self.check = check
        self.unknowns, self.views, self.shape_terms = unknowns, views, shape
        self.sliders = len(unknowns.shape)
        self.block = TURN + unknowns.joints[0].numel() + CAMERA
        self.damping = 1.0
        slider_low, slider_high = slider_limits(unknowns.body)
        rig = unknowns.rig
        free = torch.full((1,), torch.inf)
        low = torch.cat([-free.expand(TURN), torch.tensor(rig.low[1:]).flatten(), -free.expand(CAMERA)])
        high = torch.cat([free.expand(TURN), torch.tensor(rig.high[1:]).flatten(), free.expand(CAMERA)])
        count = len(self.views)
        self.low, self.high = torch.cat([slider_low, low.repeat(count)]), torch.cat([slider_high, high.repeat(count)])

    def values(self) -> Tensor:
        """(P,) all unknowns: sliders, then for each view turn, joints, log of the scale and shift."""
        u = self.unknowns
        parts = [u.shape]
        for joints, camera in zip(u.joints, u.cameras, strict=True):
            parts += [torch.zeros(TURN), joints.flatten(), camera[:1].clamp_min(1e-4).log(), camera[1:]]
        return torch.cat(parts)

    @torch.no_grad()
    def step(self, silhouettes: bool) -> dict[str, float]:
        """One step, if one is found that lowers the sum of squares; the terms after it, and ``loss``, their sum."""
        x = self.values()
        matrix = torch.zeros(len(x), len(x), dtype=torch.float64)
        slope = torch.zeros(len(x), dtype=torch.float64)
        self._look(x)
        before: dict[str, Tensor] = {}
        for number in range(len(self.views)):
            for name, value in self._accumulate(number, x, silhouettes, matrix, slope).items():
                before[name] = before.get(name, torch.zeros(1)) + value
        before = {"loss": torch.stack(list(before.values())).sum(dim=0), **before}
        stuck = ((x <= self.low) & (slope > 0)) | ((x >= self.high) & (slope < 0))
        matrix[stuck], matrix[:, stuck], slope[stuck] = 0, 0, 0
        scale = matrix.diagonal().clamp_min(1e-3)
        tries = [self.damping * d for d in DAMPINGS]
        moves = [torch.linalg.solve(matrix + torch.diag(d * scale), -slope) for d in tries]
        candidates = (x + torch.stack(moves).float()).clamp(self.low, self.high)
        costs = self._cost(candidates, silhouettes)
        best = int(costs["loss"].argmin())
        if float(costs["loss"][best]) < float(before["loss"]):
            self._take(candidates[best])
            self.damping = min(max(tries[best], 1e-4), 1e4)
            return {name: float(v[best]) for name, v in costs.items()}
        self.damping = min(self.damping * 10, 1e6)
        return {name: float(v[0]) for name, v in before.items()} | {"stuck": 1.0}

    def _bodies(self, number: int, blocks: Tensor, rests: Rest, which: Tensor) -> tuple[Posed, Tensor, Tensor, Tensor]:
        """Posed bodies of a view for unknowns (B, block) on shapes ``which`` (B,) of those at rest."""
        self.check()
        u = self.unknowns
        roots = axis_angle_to_matrix(blocks[:, :TURN]) @ u.roots[number]
        joints = blocks[:, TURN:-CAMERA].reshape(len(blocks), -1, 3)
        cameras = torch.cat([blocks[:, -CAMERA : 1 - CAMERA].exp(), blocks[:, 1 - CAMERA :]], dim=1)
        rest = Rest(rests.verts[which], rests.heads[which], rests.orient[which])
        matrices = u.matrices(number, roots, joints)
        transforms = u.body.transforms(rest, matrices)
        offsets = u.body.corrections(matrices)
        verts = u.body.skin(rest.verts if offsets is None else rest.verts + offsets, transforms)
        return Posed(rest, transforms, verts, verts, u.body.keypoints(verts)), roots, joints, cameras

    def _columns(self, number: int) -> slice:
        start = self.sliders + number * self.block
        return slice(start, start + self.block)

    def _look(self, x: Tensor) -> None:
        rest = self.unknowns.body.rest(x[None, : self.sliders])
        for number, terms in enumerate(self.views):
            posed, _, _, cameras = self._bodies(number, x[None, self._columns(number)], rest, torch.zeros(1).long())
            terms.look(posed, cameras)

    def _accumulate(
        self, number: int, x: Tensor, silhouettes: bool, matrix: Tensor, slope: Tensor
    ) -> dict[str, Tensor]:
        """Add J^T J and J^T r of a view (of the first one also those of the shape); its terms, each (1,)."""
        own, sliders = self._columns(number), self.sliders
        moves = torch.where(x[:sliders] + STEP > self.high[:sliders], -STEP, STEP)
        shapes = x[:sliders] + torch.cat([torch.zeros(1, sliders), torch.diag(moves)])
        rests = self.unknowns.body.rest(shapes)
        blocks = x[own] + torch.cat([torch.zeros(1 + sliders, self.block), STEP * torch.eye(self.block)])
        which = torch.cat([torch.arange(1 + sliders), torch.zeros(self.block, dtype=torch.long)])
        self.check()
        found = self.views[number](*self._bodies(number, blocks, rests, which), silhouettes)
        rows = torch.cat(list(found.values()), dim=1)
        size = torch.cat([moves, torch.full((self.block,), STEP)])
        jacobian = ((rows[1:] - rows[0]) / size[:, None]).double()
        index = torch.cat([torch.arange(sliders), torch.arange(own.start, own.stop)])
        matrix[index[:, None], index[None]] += jacobian @ jacobian.T
        slope[index] += jacobian @ rows[0].double()
        terms = dict(found)
        if number == 0:
            terms |= (shape := self.shape_terms(rests, shapes))
            rows = torch.cat(list(shape.values()), dim=1)
            jacobian = ((rows[1:] - rows[0]) / moves[:, None]).double()
            matrix[:sliders, :sliders] += jacobian @ jacobian.T
            slope[:sliders] += jacobian @ rows[0].double()
        return {name: value[:1].square().sum(dim=1) for name, value in terms.items()}

    def _cost(self, candidates: Tensor, silhouettes: bool) -> dict[str, Tensor]:
        """Terms, each (B,), of unknowns (B, P)."""
        shapes = candidates[:, : self.sliders]
        rests = self.unknowns.body.rest(shapes)
        total: dict[str, Tensor] = {k: v.square().sum(dim=1) for k, v in self.shape_terms(rests, shapes).items()}
        which = torch.arange(len(candidates))
        for number, terms in enumerate(self.views):
            bodies = self._bodies(number, candidates[:, self._columns(number)], rests, which)
            for name, rows in terms(*bodies, silhouettes).items():
                total[name] = total.get(name, torch.zeros(len(candidates))) + rows.square().sum(dim=1)
        return {"loss": torch.stack(list(total.values())).sum(dim=0), **total}

    def _take(self, x: Tensor) -> None:
        """Make ``x`` the unknowns; turns become part of the roots."""
        u = self.unknowns
        u.shape = x[: self.sliders].clone()
        for number in range(len(self.views)):
            block = x[self._columns(number)]
            u.roots[number] = axis_angle_to_matrix(block[None, :TURN])[0] @ u.roots[number]
            u.joints[number] = block[TURN:-CAMERA].reshape(-1, 3)
            u.cameras[number] = torch.cat([block[-CAMERA : 1 - CAMERA].exp(), block[1 - CAMERA :]])
