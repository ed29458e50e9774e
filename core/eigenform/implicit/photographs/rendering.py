"""Rays to colours: where to sample, what the networks say there, and how it adds up along a ray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from eigenform.implicit.photographs import volume
from eigenform.implicit.photographs.networks import Colour, GridField, MlpField, Outside, Sharpness
from eigenform.implicit.photographs.quantise import Quantiser
from eigenform.jobs import unwatched

NEGLIGIBLE = 1e-4
"""Samples that add less to their ray get no colour of their own, to save time (only where the field is cached)."""

FAINT = 8.0
"""Samples with ``|f|`` beyond so many sharpnesses are not asked for where the field is cached: e^-8 of them is seen."""

ROUNDS = 4
"""Of importance sampling."""

SECANTS = 8
"""Steps that refine UNISURF's crossing."""

OUTSIDE_SAMPLES = 32


@dataclass
class Rendered:
    """Of each ray ``colour`` (N, 3) and ``opacity`` (N,); of samples in the region ``slopes`` and ``points`` (M, 3)."""

    colour: Tensor
    opacity: Tensor
    slopes: Tensor
    points: Tensor
    surface: Tensor
    """(K, 3) points where rays hit, for UNISURF's smoothness; empty for NeuS."""


class Cache:
    """The field on a grid over a cube, renewed now and then: finding the surface along a ray then costs no network."""

    def __init__(self, centre: Tensor, half: float, side: int) -> None:
        self.centre, self.half, self.side = centre, half, side
        self.grid = torch.ones(1, 1, side, side, side, device=centre.device)

    @property
    def cell(self) -> float:
        """Distance of two nodes."""
        return 2 * self.half / (self.side - 1)

    def renew(self, field: nn.Module, check: Callable[[], None] = unwatched) -> None:
        """Read the field at all nodes."""
        axis = torch.linspace(-self.half, self.half, self.side, device=self.centre.device)
        nodes = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), dim=-1).reshape(-1, 3) + self.centre
        parts = []
        with torch.no_grad():
            for part in nodes.split(65_536):
                check()
                parts.append(field(part)[0])
        self.grid = torch.cat(parts).reshape(1, 1, self.side, self.side, self.side)

    def __call__(self, points: Tensor) -> Tensor:
        """Trilinear values at (..., 3) points; outside of the cube, that of its nearest point plus the way there."""
        local = ((points - self.centre) / self.half).reshape(1, 1, 1, -1, 3)
        inside = local.clamp(-1, 1)
        # grid_sample wants the fastest axis first
        found = nn.functional.grid_sample(self.grid, inside.flip(-1), align_corners=True)
        away = (local - inside).norm(dim=-1) * self.half
        return (found.reshape(-1) + away.reshape(-1)).reshape(points.shape[:-1])


class Renderer(nn.Module):
    """The networks of a scene, and how rays pass through them.

    Parameters
    ----------
    variant : str
        ``neus`` or ``unisurf``.
    even, importance : int
        Samples along a ray, evenly and near the surface.
    backdrop : (3,) tensor, optional
        Colour behind everything.
    """

    def __init__(
        self,
        variant: str,
        field: MlpField | GridField,
        colour: Colour,
        outside: Outside | None,
        quantiser: Quantiser,
        even: int,
        importance: int,
        backdrop: Tensor | None,
    ) -> None:
        super().__init__()
        self.variant, self.quantiser, self.even, self.importance = variant, quantiser, even, importance
        self.field, self.colour, self.outside = field, colour, outside
        self.sharpness = Sharpness()
        self.backdrop = backdrop
        self.cache: Cache | None = None

    # -- where to sample ---------------------------------------------------------------------------------------

    def _look(self, points: Tensor) -> Tensor:
        """The field at points, without gradients: from the cache where there is one."""
        with torch.no_grad():
            if self.cache is not None:
                return self.cache(points)
            flat = self.quantiser(points.reshape(-1, 3))
            return self.field(flat)[0].reshape(points.shape[:-1])

    def depths(self, origins: Tensor, directions: Tensor, jitter: Tensor | None, reach: float) -> tuple[Tensor, Tensor]:
        """Depths (N, S) to sample at, and where each ray hits (NaN where it does not).

        Parameters
        ----------
        jitter : (N, 1) tensor, optional
            Shift of the even samples, in [0, 1) of their distance; 0.5 where it is not given.
        reach : float
            Half the interval that UNISURF samples around the surface.
        """
        near, far = volume.near_far(origins, directions)
        count = self.even if self.cache is None else max(64, self.even)
        shift = 0.5 if jitter is None else jitter
        z = near + (far - near) * (torch.arange(count, device=near.device) + shift) / count
        if self.variant == "unisurf":
            return self._around_surface(origins, directions, z, jitter, reach)
        value = self._at(origins, directions, z)
        fresh: list[Tensor] = []
        for i in range(ROUNDS):
            points = origins[:, None] + directions[:, None] * z[:, :, None]
            more = volume.up_sample(z, value, points.norm(dim=2) < 1, 64.0 * 2**i, self.importance // ROUNDS)
            fresh.append(more)
            both = torch.cat([z, more], dim=1)
            if i < ROUNDS - 1:
                values = torch.cat([value, self._at(origins, directions, more)], dim=1)
            z, order = both.sort(dim=1)
            if i < ROUNDS - 1:
                value = torch.gather(values, 1, order)
        if self.cache is not None:
            even = near + (far - near) * (torch.arange(self.even, device=near.device) + shift) / self.even
            z = torch.cat([even, *fresh], dim=1).sort(dim=1)[0]
        return z, torch.full_like(z[:, 0], float("nan"))

    def _at(self, origins: Tensor, directions: Tensor, z: Tensor) -> Tensor:
        return self._look(origins[:, None] + directions[:, None] * z[:, :, None])

    def _around_surface(
        self, origins: Tensor, directions: Tensor, z: Tensor, jitter: Tensor | None, reach: float
    ) -> tuple[Tensor, Tensor]:
        """UNISURF: samples in an interval around the first crossing and some before it."""
        value = self._at(origins, directions, z)
        value = torch.where((origins[:, None] + directions[:, None] * z[:, :, None]).norm(dim=2) < 1, value, 1.0)
        hit, index, depth = volume.first_crossing(z, value)
        row = torch.arange(len(z), device=z.device)
        low, high = z[row, index], z[row, index + 1]
        for _ in range(SECANTS):
            middle = self._at(origins, directions, depth[:, None])[:, 0]
            low, high = torch.where(middle >= 0, depth, low), torch.where(middle < 0, depth, high)
            ends = self._at(origins, directions, torch.stack([low, high], dim=1))
            share = ends[:, 0] / (ends[:, 0] - ends[:, 1]).clamp_min(1e-9)
            depth = torch.where(hit, low + share.clamp(0, 1) * (high - low), depth)
        shift = 0.5 if jitter is None else jitter
        near, far = volume.near_far(origins, directions)
        start = torch.where(hit, torch.maximum(depth - reach, near[:, 0]), near[:, 0])[:, None]
        end = torch.where(hit, torch.minimum(depth + reach, far[:, 0]), far[:, 0])[:, None]
        inner = start + (end - start) * (torch.arange(self.importance, device=z.device) + shift) / self.importance
        before = near + (start - near) * (torch.arange(self.even, device=z.device) + shift) / self.even
        # a ray without a crossing has nothing before its interval: its samples are spread over all of it
        spread = near + (far - near) * (torch.arange(self.even, device=z.device) + 0.25) / self.even
        z = torch.cat([torch.where(hit[:, None], before, spread), inner], dim=1).sort(dim=1)[0]
        return z, torch.where(hit, depth, torch.full_like(depth, float("nan")))

    # -- what is there -----------------------------------------------------------------------------------------

    def render(
        self, origins: Tensor, directions: Tensor, jitter: Tensor | None = None, anneal: float = 1.0, reach: float = 1.0
    ) -> Rendered:
        """Colours of rays; ``anneal`` and ``reach`` are of the schedule (see :mod:`volume`)."""
        z, hits = self.depths(origins, directions, jitter, reach)
        n, s = z.shape
        last = torch.full_like(z[:, :1], 2.0 / self.even)
        lengths = torch.cat([z[:, 1:] - z[:, :-1], last], dim=1)
        at = z + 0.5 * lengths if self.variant == "neus" else z
        points = (origins[:, None] + directions[:, None] * at[:, :, None]).reshape(-1, 3)
        inside = points.norm(dim=1) < 1
        if self.cache is not None:
            inside = inside & self._worth_asking(points)
        chosen = inside.nonzero()[:, 0]
        asked = self.quantiser(points[chosen])  # depths and lengths above stay continuous
        value, features, slope = self.field(asked, gradient=True)
        assert slope is not None
        ray = directions[chosen // s]
        opacity = points.new_zeros(n * s)
        if self.variant == "neus":
            cosine = volume.annealed_cosine((ray * slope).sum(dim=1), anneal)
            found = volume.neus_opacity(value, cosine, lengths.reshape(-1)[chosen], self.sharpness())
        else:
            found = volume.occupancy(value)
        opacity = opacity.index_put((chosen,), found).reshape(n, s)
        colour = self._colours(n * s, chosen, asked, ray, slope, features, volume.weights(opacity.detach()).reshape(-1))
        colour = colour.reshape(n, s, 3)
        if self.outside is not None:
            opacity, colour = self._with_outside(origins, directions, z, inside.reshape(n, s), opacity, colour)
        weight = volume.weights(opacity)
        total = (weight[:, :, None] * colour).sum(dim=1)
        cover = weight.sum(dim=1)
        if self.backdrop is not None:
            total = total + (1 - cover)[:, None] * self.backdrop
        cross = ~hits.isnan()
        surface = (origins + directions * hits.nan_to_num()[:, None])[cross]
        return Rendered(total, cover, slope, asked, surface)

    def _worth_asking(self, points: Tensor) -> Tensor:
        """(M,) bool: in the cube, and by the cached field near enough to the surface to be seen."""
        assert self.cache is not None
        with torch.no_grad():
            local = (points - self.cache.centre).abs().amax(dim=1)
            sharpness = self.sharpness() if self.variant == "neus" else volume.OCCUPANCY_SLOPE
            band = torch.as_tensor(FAINT / sharpness, device=points.device)
            return (local < self.cache.half) & (self.cache(points).abs() < band.clamp_min(4 * self.cache.cell))

    def _colours(
        self, total: int, chosen: Tensor, asked: Tensor, ray: Tensor, slope: Tensor, features: Tensor, weight: Tensor
    ) -> Tensor:
        """(total, 3) colours of the samples, zero where they do not count."""
        counts = weight[chosen] > NEGLIGIBLE if self.cache is not None else None
        if counts is not None:
            chosen, asked, ray, slope, features = (a[counts] for a in (chosen, asked, ray, slope, features))
        found = self.colour(asked, ray, slope, features)
        return found.new_zeros(total, 3).index_put((chosen,), found)

    def _with_outside(
        self, origins: Tensor, directions: Tensor, z: Tensor, inside: Tensor, opacity: Tensor, colour: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Opacity and colour with the second network's behind and in place of what lies outside of the region."""
        assert self.outside is not None
        behind = volume.outside_sections(z[:, -1:] + 2.0 / self.even, OUTSIDE_SAMPLES)
        all_z = torch.cat([z, behind], dim=1)
        lengths = torch.cat([all_z[:, 1:] - all_z[:, :-1], torch.full_like(z[:, :1], 2.0 / self.even)], dim=1)
        points = origins[:, None] + directions[:, None] * (all_z + 0.5 * lengths)[:, :, None]
        away = points.norm(dim=2, keepdim=True).clamp(1.0, 1e10)
        four = torch.cat([points / away, 1 / away], dim=2).reshape(-1, 4)
        density, shade = self.outside(four, directions[:, None].expand(points.shape).reshape(-1, 3))
        thick = 1 - torch.exp(-density.reshape(lengths.shape) * lengths)
        shade = shade.reshape(points.shape)
        s = z.shape[1]
        within = inside.to(opacity.dtype)
        opacity = torch.cat([opacity * within + thick[:, :s] * (1 - within), thick[:, s:]], dim=1)
        colour = torch.cat([colour * within[:, :, None] + shade[:, :s] * (1 - within)[:, :, None], shade[:, s:]], dim=1)
        return opacity, colour
