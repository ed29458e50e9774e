"""Training by the equation of distances, ``|grad f| = 1``, on points with or without normals."""

from __future__ import annotations

import torch
from torch import Tensor

from eigenform.implicit.neural.model import HALF, Model

DIVERGENCE_HOLD, DIVERGENCE_END = 0.2, 0.4
"""The divergence term keeps its weight for the first share of the run and is gone after the second, as published."""

_TEST_PLACES = 2048


class Eikonal:
    """SIREN's or IGR's loss; without normals DiGS's, with the divergence of the gradient held down at first.

    SIREN (Sitzmann et al. 2020): ``3000 |f| + 100 exp(-100 |f|) off the surface + 100 (1 - cos) + 50 ||g| - 1|``.
    IGR (Gropp et al. 2020): ``|f| + 0.1 (|g| - 1)^2 + |g - n|``. DiGS (Ben-Shabat et al., CVPR 2022): SIREN's without
    the normals, and ``weight |div g|``, clamped to 0.1 .. 50. All in the network's coordinates.

    Parameters
    ----------
    points, normals : (N, 3) tensors
        In the network's coordinates; no normals: the sign comes from the start of the network.
    test : (M, 3) tensor
        Held-out points.
    batch : int
        Points on the surface a step, and as many off it.
    weights : {"siren", "igr"}
    divergence : float
        Weight of the divergence term.
    seed : int
        Of the places the equation is checked at.
    """

    def __init__(
        self,
        points: Tensor,
        normals: Tensor | None,
        test: Tensor,
        batch: int,
        weights: str = "siren",
        divergence: float = 100.0,
        seed: int = 0,
    ) -> None:
        self.points, self.normals, self.test = points, normals, test
        self.batch, self.weights, self.divergence = min(batch, len(points)), weights, divergence
        generator = torch.Generator().manual_seed(seed)
        space = torch.rand(_TEST_PLACES, 3, generator=generator) * 2 - 1
        near = test.cpu()[torch.randint(len(test), (_TEST_PLACES,), generator=generator)]
        near = near + 0.05 * torch.randn(_TEST_PLACES, 3, generator=generator)
        self.places = torch.cat([space, near.clamp(-1, 1)]).to(points.device)

    def loss(self, model: Model, share: float, generator: torch.Generator) -> Tensor:
        """The loss of one random batch; ``share`` of the run is done."""
        index = torch.randint(len(self.points), (self.batch,), generator=generator)
        space = torch.rand(self.batch, 3, generator=generator) * 2 - 1
        spread = torch.randn(self.batch // 2, 3, generator=generator) * 0.05
        on = self.points[index.to(self.points.device)]
        space = space.to(on)
        # half of the places off the surface lie near it, where the field matters
        off = torch.cat([space[: self.batch - len(spread)], (on[: len(spread)] + spread.to(on)).clamp(-1, 1)])
        where = torch.cat([on, off]).requires_grad_()
        found = model.forward(where) / HALF
        slope = torch.autograd.grad(found.sum(), where, create_graph=True)[0]
        length = slope.norm(dim=1)
        here, there = found[: self.batch], found[self.batch :]
        if self.weights == "igr":
            loss = here.abs().mean() + 0.1 * ((length - 1) ** 2).mean()
            if self.normals is not None:
                loss = loss + (slope[: self.batch] - self.normals[index.to(on.device)]).norm(dim=1).mean()
            return loss
        loss = 3e3 * here.abs().mean() + 1e2 * torch.exp(-1e2 * there.abs()).mean() + 5e1 * (length - 1).abs().mean()
        if self.normals is not None:
            cosine = _cosine(slope[: self.batch], self.normals[index.to(on.device)])
            return loss + 1e2 * (1 - cosine).mean()
        weight = self.divergence * divergence_share(share)
        if weight > 0:
            loss = loss + weight * _divergence(slope, where)[self.batch :].abs().clamp(0.1, 50).mean()
        return loss

    def held_out(self, model: Model) -> float:
        """Mean of ``|f|`` at held-out points plus a hundredth of the mean of ``||g| - 1|``, in the frame.

        The second part keeps a field that vanishes everywhere from passing for a good one.
        """
        with torch.no_grad():
            here = model.forward(self.test).abs().mean()
        return float(here) + 0.01 * self.slope_error(model)

    def slope_error(self, model: Model) -> float:
        """Mean of ``||grad f| - 1|`` at fixed places in space and near the points."""
        where = self.places.detach().requires_grad_()
        slope = torch.autograd.grad(model.forward(where).sum() / HALF, where)[0]
        return float((slope.norm(dim=1) - 1).abs().mean())

    def to(self, device: str | torch.device) -> None:
        """Move the points."""
        self.points, self.test, self.places = self.points.to(device), self.test.to(device), self.places.to(device)
        self.normals = None if self.normals is None else self.normals.to(device)


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    """(N,) cosines of the angles between rows."""
    return torch.nn.functional.cosine_similarity(a, b, dim=1)


def divergence_share(share: float) -> float:
    """Share of the divergence term's weight when ``share`` of the run is done."""
    return min(1.0, max(0.0, (DIVERGENCE_END - share) / (DIVERGENCE_END - DIVERGENCE_HOLD)))


def _divergence(slope: Tensor, where: Tensor) -> Tensor:
    """(N,) divergence of the gradient, by one more derivative an axis."""
    parts = [torch.autograd.grad(slope[:, i].sum(), where, create_graph=True)[0][:, i] for i in range(3)]
    return parts[0] + parts[1] + parts[2]
