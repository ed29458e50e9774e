"""Surfaces from photographs: the quantiser, the renderer and the networks against hand values, and small runs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from eigenform import jobs, registry
from eigenform.errors import Cancelled, InputError
from eigenform.implicit.fields import field_of
from eigenform.implicit.photographs import volume
from eigenform.implicit.photographs.networks import GridField, MlpField, encode
from eigenform.implicit.photographs.quality import psnr, ssim
from eigenform.implicit.photographs.quantise import Quantiser
from eigenform.implicit.photographs.scene import make_scene
from eigenform.implicit.photographs.settings import CqParams
from eigenform.io.checkpoints import read_checkpoint
from eigenform.jobs import JobContext
from eigenform.params import make
from known_shapes import icosphere

SMALL = {
    "finest": 16,
    "levels": 2,
    "rays": 128,
    "steps": 40,
    "resolution": 24,
    "device": "cpu",
    "hidden": 16,
    "learning_rate": 0.02,
}


@pytest.fixture(scope="module")
def ball():
    """Twelve photographs of the unit sphere."""
    torch.set_num_threads(1)
    method = registry.get("render-views")
    values = {"views": 12, "size": 24, "points": 600}
    return jobs.run(method, [icosphere(3)], make(method.params_class(), values))


def run(photographs, ctx=None, **values):
    return jobs.run(registry.get("cq"), [photographs], make(CqParams, {**SMALL, **values}), ctx)


# -- hand values -------------------------------------------------------------------------------------------------------


def test_the_quantiser_against_hand_values():
    coarse = Quantiser(3, 1.0)  # cells [-1, 0) and [0, 1)
    assert coarse.cell == 1
    found = coarse(torch.tensor([[-1.0, -0.3, 0.0], [0.2, 0.99, -0.01]]))
    assert torch.equal(found, torch.tensor([[-0.5, -0.5, 0.5], [0.5, 0.5, -0.5]]))
    published = Quantiser(25_600, 2.5)
    assert published.cell == pytest.approx(5 / 25_599)
    x = torch.rand(1000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    off = (published(x) - x).double()
    assert off.abs().max() <= published.cell / 2 + 1e-6
    assert torch.allclose(published(published(x)), published(x), atol=1e-6)
    index = (published(x).double() + 2.5) / published.cell - 0.5
    assert (index - index.round()).abs().max() < 1e-2  # in the middle of a cell, to float32
    assert Quantiser(0, 2.5)(x) is x


def test_quantising_is_what_the_networks_see_and_nothing_else(ball):
    params = make(CqParams, {**SMALL, "quantise_resolution": 64, "cached": False})
    renderer = make_scene(ball, params, "cpu", JobContext()).renderer
    asked = {"field": [], "colour": []}
    renderer.field.register_forward_hook(lambda m, a, o: asked["field"].append(a[0]))
    renderer.colour.register_forward_hook(lambda m, a, o: asked["colour"].append(a[0]))
    origins, directions = torch.tensor([[0.01, 0.02, -3.0]]), torch.tensor([[0.0, 0, 1]])
    z, _ = renderer.depths(origins, directions, None, 1.0)
    found = renderer.render(origins, directions)
    cell = renderer.quantiser.cell
    for points in (*asked["field"], *asked["colour"], found.points):
        index = (points + 2.5) / cell - 0.5
        assert (index - index.round()).abs().max() < 1e-3
    steps = (z + 2.5) / cell - 0.5
    assert (steps - steps.round()).abs().max() > 0.1  # depths are left alone
    assert torch.allclose(found.slopes, renderer.field(found.points, gradient=True)[2])


def test_opacity_of_a_section_against_hand_values():
    # f from 0.1 to -0.1 over a section of 0.2 met head on, sharpness 10: (s(1) - s(-1)) / s(1)
    found = volume.neus_opacity(torch.tensor(0.0), torch.tensor(-1.0), torch.tensor(0.2), 10.0)
    s = 1 / (1 + np.exp(-1))
    assert float(found) == pytest.approx((s - (1 - s) + 1e-5) / (s + 1e-5))
    leaving = volume.neus_opacity(torch.tensor(0.0), torch.tensor(0.0), torch.tensor(0.2), 10.0)
    assert float(leaving) == pytest.approx(0, abs=1e-4)
    slope = torch.tensor([-1.0, 0.0, 1.0])
    assert torch.equal(volume.annealed_cosine(slope, 1.0), torch.tensor([-1.0, 0, 0]))
    assert torch.equal(volume.annealed_cosine(slope, 0.0), torch.tensor([-1.0, -0.5, 0]))
    assert volume.occupancy(torch.tensor([0.0, -1.0, 0.1])).tolist() == pytest.approx([0.5, 0.9999546, 0.26894142])
    assert volume.weights(torch.tensor([[0.5, 0.5, 1.0]]))[0].tolist() == pytest.approx([0.5, 0.25, 0.25], abs=1e-5)


def test_a_plane_is_seen_where_it_is():
    z = torch.linspace(0, 2, 400)[None]
    length = torch.full_like(z, 2 / 399)
    middle = z + length / 2
    opacity = volume.neus_opacity(1.1 - middle, torch.full_like(z, -1.0), length, 200.0)
    weight = volume.weights(opacity)
    assert float(weight.sum()) == pytest.approx(1, abs=1e-3)
    assert float((weight * middle).sum()) == pytest.approx(1.1, abs=5e-3)
    # met at an angle, the depth stays where the plane is
    slanted = volume.weights(volume.neus_opacity((1.1 - middle) * 0.5, torch.full_like(z, -0.5), length, 200.0))
    assert float((slanted * middle).sum()) == pytest.approx(1.1, abs=1e-2)


def test_samples_are_drawn_where_the_surface_is():
    edges = torch.tensor([[0.0, 1, 2, 3]])
    drawn = volume.draw(edges, torch.tensor([[0.0, 1, 0]]), 4)
    assert drawn[0].tolist() == pytest.approx([1.125, 1.375, 1.625, 1.875], abs=1e-3)
    even = volume.draw(edges, torch.ones(1, 3), 3)
    assert even[0].tolist() == pytest.approx([0.5, 1.5, 2.5], abs=1e-3)
    z = torch.linspace(0, 2, 33)[None]
    more = volume.up_sample(z, 1.1 - z, torch.ones_like(z, dtype=torch.bool), 64.0, 16)
    assert (more - 1.1).abs().median() < 0.06
    hit, index, depth = volume.first_crossing(z, 1.1 - z)
    assert hit.all()
    assert float(depth) == pytest.approx(1.1)
    assert int(index) == 17
    assert not volume.first_crossing(z, 3 - z)[0].any()
    far = volume.outside_sections(torch.tensor([[2.0]]), 32)
    assert (far.diff() > 0).all()
    assert far[0, 0] > 2


def test_the_first_mlp_is_a_sphere_and_its_gradients_are_true():
    torch.manual_seed(0)
    net = MlpField(256, 4, 6, 0.5, 8)
    x = torch.nn.functional.normalize(torch.randn(200, 3), dim=1)
    near, far = net(0.1 * x)[0], net(0.9 * x)[0]
    assert near.max() < 0 < far.min()
    crossing = 0.1 + 0.8 * (near / (near - far))
    assert float(crossing.detach().mean()) == pytest.approx(0.5, abs=0.1)
    check_gradients(net.double().eval(), 1e-6, 1e-4)
    assert encode(torch.tensor([[0.5]]), 2)[0].tolist() == pytest.approx(
        [0.5, np.sin(0.5), np.sin(1.0), np.cos(0.5), np.cos(1.0)]
    )


def test_gradients_of_feature_grids_are_true_and_values_start_as_the_base():
    torch.manual_seed(0)
    net = GridField([5, 9], 2, 8, 2, 7, [0.1, 0.0, 0.0], 0.8, gain=2.0)
    nodes = torch.rand(7**3, 1)
    net.base.copy_(nodes)
    corner = torch.tensor([[0.1 - 0.8, -0.8, -0.8], [0.1 + 0.8, 0.8, 0.8 - 1.6 / 6]])
    assert net(corner)[0].tolist() == pytest.approx([2 * float(nodes[0]), 2 * float(nodes[-2])], abs=1e-5)
    outside = net(torch.tensor([[0.1 - 0.8 - 0.5, -0.8, -0.8]]))[0]
    assert float(outside.detach()) == pytest.approx(2 * (float(nodes[0]) + 0.5), abs=1e-5)
    for value in net.parameters():
        torch.nn.init.normal_(value, 0, 0.3)
    check_gradients(net.double(), 1e-7, 1e-5)


def check_gradients(net, step, tolerance):
    x = torch.rand(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 1.2 - 0.6
    slope = net(x, gradient=True)[2].detach()
    for i in range(3):
        shift = torch.zeros(3, dtype=torch.float64)
        shift[i] = step
        with torch.no_grad():
            central = (net(x + shift)[0] - net(x - shift)[0]) / (2 * step)
        assert (slope[:, i] - central).abs().median() < tolerance


def test_training_through_gradients_reaches_the_tables():
    torch.manual_seed(0)
    net = GridField([4, 6], 2, 8, 1, 6, [0.0, 0.0, 0.0], 1.0)
    for value in net.parameters():
        torch.nn.init.normal_(value, 0, 0.3)
    x = torch.rand(20, 3) * 1.6 - 0.8

    def loss():
        value, features, slope = net(x, gradient=True)
        return (value**2).sum() + (slope**3).sum() + features.sum()

    loss().backward()
    table = net.tables[1]
    at = int(table.grad.abs().sum(dim=1).argmax())
    for feature in range(2):
        before = float(table[at, feature].detach())
        sides = []
        for move in (1e-2, -1e-2):
            with torch.no_grad():
                table[at, feature] = before + move
                sides.append(loss().item())
                table[at, feature] = before
        assert float(table.grad[at, feature]) == pytest.approx((sides[0] - sides[1]) / 2e-2, rel=0.03, abs=0.05)


def test_likeness_of_pictures():
    one = np.random.default_rng(0).random((20, 30, 3))
    assert psnr(one, one + 0.1) == pytest.approx(20)
    assert ssim(one, one) == pytest.approx(1)
    assert ssim(one, 1 - one) < 0
    assert ssim(one[:5], one[:5]) is None


# -- runs --------------------------------------------------------------------------------------------------------------


def off_the_sphere(surface):
    return float(np.abs(np.linalg.norm(surface.verts, axis=1) - 1).mean())


def test_a_small_run_finds_the_sphere(ball):
    ctx = JobContext(preview_every=0.0)
    seen = []
    ctx.preview = seen.append
    surface = run(ball, ctx, steps=60)
    loss = [s["loss"] for _, s in ctx.history() if "loss" in s]
    quality = [s["psnr"] for _, s in ctx.history() if "psnr" in s]
    assert np.mean(loss[-10:]) < 0.8 * np.mean(loss[:10])
    assert quality[-1] > quality[0] + 2
    assert off_the_sphere(surface) < 0.03
    assert surface.meta["report"]["psnr"] > quality[0] + 1
    assert surface.meta["report"]["held_out"] == 1
    assert surface.meta["report"]["watertight"]
    assert surface.meta["report"]["points"] == 600
    assert surface.meta["started_from"] == "hull"
    field, out = field_of(surface), surface.verts[:50] * 1.2
    assert field.values(surface.verts) == pytest.approx(np.zeros(len(surface.verts)), abs=0.02)
    assert field.values(out) == pytest.approx(np.full(50, 0.2), abs=0.08)
    assert np.einsum("ij,ij->i", field.gradients(out), out).min() > 0.5
    first = seen[0]
    assert first.meta["preview"]
    assert first.arrays["rendered_view"].shape == first.arrays["photograph"].shape == (24, 24, 3)
    assert first.arrays["rendered_view"].dtype == np.uint8
    assert first.meta["comparison"]["view"] == 7
    assert off_the_sphere(first) < 0.2
    assert off_the_sphere(seen[-1]) < 0.05


@pytest.mark.parametrize(
    ("values", "tolerance"),
    [
        ({"start": "sphere", "masks": False, "steps": 40}, 0.3),
        ({"start": "points"}, 0.05),
        ({"variant": "unisurf"}, 0.05),
        ({"quantise": False}, 0.04),
        ({"background": "network", "steps": 5}, 0.1),
        ({"one_image": True, "cached": False, "importance": 8, "steps": 10}, 0.1),
        ({"network": "mlp", "start": "sphere", "hidden": 64, "layers": 2, "cached": False, "rays": 64, "steps": 5,
          "importance": 8, "octaves": 2, "resolution": 24}, 0.9),
    ],
)  # fmt: skip
def test_every_option_gives_a_surface(ball, values, tolerance):
    ctx = JobContext(preview_every=None)
    surface = run(ball, ctx, **values)
    assert off_the_sphere(surface) < tolerance
    loss = [s["loss"] for _, s in ctx.history() if "loss" in s]
    assert np.isfinite(loss).all()
    if values.get("steps", 40) >= 40:
        assert np.mean(loss[-10:]) < np.mean(loss[:10])
    published = 51_200 if values.get("variant") == "unisurf" else 25_600
    assert surface.meta["report"]["quantised"] == (0 if values.get("quantise") is False else published)


def test_same_seed_same_result_and_quantising_changes_it(ball):
    one, two = run(ball, steps=6), run(ball, steps=6)
    assert np.array_equal(one.verts, two.verts)
    assert not np.array_equal(one.verts, run(ball, steps=6, seed=1).verts)
    coarse = run(ball, steps=6, quantise_resolution=40)
    assert coarse.verts.shape != one.verts.shape or not np.allclose(coarse.verts, one.verts, atol=1e-6)


def test_a_checkpoint_continues_as_if_nothing_had_happened(ball, tmp_path):
    class Stop(JobContext):
        def step(self, i, n, message=None, **scalars):
            super().step(i, n, message, **scalars)
            if i == 7:
                raise Cancelled

    path = tmp_path / "run"
    with pytest.raises(Cancelled):
        run(ball, Stop(checkpoint_path=path, preview_every=None), steps=22)
    last = JobContext(restored=read_checkpoint(path), preview_every=None)
    whole = JobContext(preview_every=None)
    one, two = run(ball, last, steps=22), run(ball, whole, steps=22)
    assert last.progress().scalars["loss"] == pytest.approx(whole.progress().scalars["loss"], rel=1e-6)
    assert np.array_equal(one.verts, two.verts)
    with pytest.raises(InputError, match="other parameters or other photographs"):
        run(ball, JobContext(restored=read_checkpoint(path)), steps=24)
    other = ball.replace(images=255 - ball.images)
    with pytest.raises(InputError, match="other photographs"):
        run(other, JobContext(restored=read_checkpoint(path)), steps=22)


def test_what_a_cpu_cannot_do_is_refused_with_an_estimate(ball):
    method = registry.get("cq")
    params = make(CqParams, {**method.preset("as-published"), "device": "cpu"})
    with pytest.raises(InputError, match=r"300,000 steps would take about [\d,.]+ h on this CPU"):
        jobs.run(method, [ball], params)


def test_it_stops_after_the_asked_seconds(ball):
    ctx = JobContext(preview_every=None)
    run(ball, ctx, steps=100_000, seconds=0.5)
    assert 0 < ctx.progress().step < 5000


def test_bad_sets_are_refused(ball):
    def refused(match, photographs, **values):
        with pytest.raises(InputError, match=match):
            run(photographs, **values)

    refused("no volume", ball.replace(masks=np.zeros_like(ball.masks)))
    refused("see nothing", ball.replace(centre=[500, 0, 0]))
    first = {"images": ball.images[:1], "intrinsics": ball.intrinsics[:1], "poses": ball.poses[:1], "masks": None}
    refused("at least two", ball.replace(**first))
    refused("no masks in use", ball, masks=False, start="hull")
    refused("no sparse points", ball.replace(points=None), start="points")
    refused("too narrow", ball, network="mlp", hidden=32, layers=4)
