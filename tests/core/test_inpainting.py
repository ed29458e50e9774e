"""Inpainting of images: what is known stays, known answers come back, labels and seeds count, a run can be resumed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from eigenform import registry
from eigenform.errors import Cancelled, InputError
from eigenform.inpainting import patches, stationary
from eigenform.inpainting.classical import fill
from eigenform.inpainting.holes import irregular_hole
from eigenform.inpainting.local_ensemble import LocalEnsemble
from eigenform.inpainting.sair import run
from eigenform.inpainting.settings import InpaintClassicalParams, InpaintParams
from eigenform.inpainting.textures import TEXTURES, texture
from eigenform.io.checkpoints import read_checkpoint
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.types import Image

SMALL = {"steps": 8, "exercises": 1, "exams": 1, "semantic_steps": 4, "hidden": 8, "device": "cpu"}
SIZE = 36


def hole(size: int = SIZE, share: float = 0.2, seed: int = 0) -> np.ndarray:
    return irregular_hole((size, size), share, np.random.default_rng(seed))


def inpaint(pixels, mask, regions=None, ctx=None, **changes):
    image = Image(pixels, mask=mask, regions=regions)
    return run(image, params=make(InpaintParams, {**SMALL, **changes}), ctx=ctx or JobContext())


def psnr(found, truth, where) -> float:
    return float(-10 * np.log10(np.mean((np.asarray(found, float) - truth)[where] ** 2)))


def stripes(size: int = SIZE) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size]
    wave = 0.5 + 0.4 * np.sin(2 * np.pi * (x + y) / 6)
    return np.stack([wave, 1 - wave, 0.5 * wave], -1).astype(np.float32)


@pytest.fixture(scope="module")
def base():
    pixels = np.asarray(texture("dots", SIZE).pixels)
    ctx = JobContext(preview_every=0.0)
    return pixels, inpaint(pixels, hole(), ctx=ctx), ctx


def test_there_are_ten_textures_that_differ_and_repeat_with_their_seed():
    assert len(TEXTURES) == 10
    made = {name: texture(name, 32) for name in TEXTURES}
    for name, image in made.items():
        assert image.pixels.shape == (32, 32, 3)
        assert image.pixels.std() > 0.03
        assert np.array_equal(image.pixels, texture(name, 32).pixels)
        assert not np.array_equal(image.pixels, texture(name, 32, seed=1).pixels)
    labelled = [i for i in made.values() if i.regions is not None]
    assert len(labelled) >= 5
    assert all(i.regions.min() >= 1 and len(np.unique(i.regions)) >= 2 for i in labelled)
    with pytest.raises(InputError, match="bricks, checks"):
        texture("velvet")


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_a_hole_covers_the_share_asked_for(share):
    assert hole(64, share).mean() == pytest.approx(share, abs=1e-3)
    with pytest.raises(InputError, match="between 0 and 1"):
        hole(32, 1.5)


@pytest.mark.parametrize("algorithm", ["telea", "navier-stokes", "biharmonic"])
def test_a_classical_fill_keeps_what_is_known_and_a_constant(algorithm):
    pixels, mask = np.asarray(texture("wood", SIZE).pixels), hole()
    damaged = np.where(mask[..., None], 0.9, pixels)
    found = fill(damaged, mask, algorithm)
    assert np.array_equal(found[~mask], damaged[~mask])
    assert not np.allclose(found[mask], 0.9)
    constant = fill(np.full((SIZE, SIZE, 1), 0.6, np.float32), mask, algorithm)
    assert constant == pytest.approx(0.6, abs=0.02)  # two of them work in 8 bits, and Telea blends


def test_the_classical_record_runs_and_says_what_it_did():
    record = registry.get("inpaint-classical")
    image = Image(stripes(), mask=hole(), name="s")
    done = registry.load(record.target)(image, params=InpaintClassicalParams(algorithm="telea"), ctx=JobContext())
    assert np.array_equal(done.pixels[~image.mask], image.pixels[~image.mask])
    assert done.meta["method"] == "inpaint-classical"
    assert done.meta["hole_share"] == pytest.approx(0.2, abs=1e-3)


def test_a_stationary_prediction_continues_a_period_where_telea_does_not():
    pixels, mask = stripes(48), hole(48, 0.3)
    found = stationary.predict(pixels, ~mask)
    assert psnr(found, pixels, mask) > psnr(fill(pixels, mask, "telea"), pixels, mask) + 10
    assert np.array_equal(found[~mask], pixels[~mask])


def test_a_trend_carries_the_mean_of_a_region():
    regions = (np.mgrid[0:SIZE, 0:SIZE][1] // 9) % 2
    pixels = np.where(regions[..., None] == 1, 0.9, 0.2).astype(np.float32) * np.ones(3, np.float32)
    found = stationary.predict(pixels, ~hole(), np.eye(2)[regions])
    assert found == pytest.approx(pixels, abs=0.02)


def test_exemplars_repair_a_start_that_is_wrong():
    pixels, mask = stripes(40), hole(40)
    start = np.where(mask[..., None], 0.8 * pixels + 0.1, pixels)
    found, spread = patches.match(start, ~mask)
    assert psnr(found, pixels, mask) > psnr(start, pixels, mask) + 6
    assert np.array_equal(found[~mask], pixels[~mask])
    assert (spread[~mask] == 0).all()


def test_known_pixels_stay_bit_for_bit_and_the_result_tells_how_it_came_about(base):
    pixels, found, ctx = base
    assert np.array_equal(found.pixels[~hole()], pixels[~hole()])
    assert found.meta["method"] == "inpaint"
    assert found.meta["kept"] in {"function", *found.meta["exam_psnr"]}
    assert found.meta["steps"] == 8
    scalars = [s for _, s in ctx.history() if "held_out" in s]
    assert len(scalars) == 8
    assert np.array_equal(ctx.take_preview().pixels[~hole()], pixels[~hole()])


def test_what_stands_in_the_hole_is_not_looked_at_and_a_seed_decides_all(base):
    pixels, found, _ = base
    blank = np.where(hole()[..., None], 0.3, pixels)
    assert np.array_equal(inpaint(blank, hole()).pixels, found.pixels)
    assert not np.array_equal(inpaint(pixels, hole(), seed=1).pixels, found.pixels)


def test_training_never_ends_below_its_start_on_the_exams(base):
    _, found, _ = base
    curve = found.meta["curve"]
    assert found.meta["loss"] <= min(loss for _, loss in curve) <= curve[0][1]


def test_a_constant_is_exact_and_a_ramp_nearly():
    mask = hole(28)
    constant = inpaint(np.full((28, 28, 1), 0.3, np.float32), mask)
    assert (constant.pixels == np.float32(0.3)).all()
    y, x = np.mgrid[0:28, 0:28] / 27.0
    inner = np.zeros((28, 28), bool)
    inner[8:17, 9:20] = True
    ramp = (0.1 + 0.5 * x + 0.3 * y).astype(np.float32)
    assert inpaint(ramp[..., None], inner).pixels[..., 0] == pytest.approx(ramp, abs=0.01)


def test_stripes_come_back_better_than_by_any_classical_method():
    pixels, mask = stripes(40), hole(40, 0.25)
    best = max(psnr(fill(pixels, mask, a), pixels, mask) for a in ("telea", "navier-stokes", "biharmonic"))
    assert psnr(inpaint(pixels, mask).pixels, pixels, mask) > best + 6


def patchwork(size: int = 40) -> tuple[np.ndarray, np.ndarray]:
    image = texture("cells", size, seed=2)
    return np.asarray(image.pixels), np.asarray(image.regions)


def test_right_labels_help_and_wrong_ones_do_harm():
    pixels, regions = patchwork()
    mask = hole(40, 0.3)
    unaware = psnr(inpaint(pixels, mask).pixels, pixels, mask)
    aware = psnr(inpaint(pixels, mask, regions, provider="labels").pixels, pixels, mask)
    wrong = np.where(mask, np.roll(regions, 13, 0), regions)
    misled = psnr(inpaint(pixels, mask, wrong, provider="labels").pixels, pixels, mask)
    assert aware > unaware + 3
    assert aware > misled + 3


def test_labels_that_are_missing_in_the_hole_are_told_by_the_semantic_function():
    pixels, regions = patchwork()
    mask = hole(40)
    ctx = JobContext()
    found = inpaint(pixels, mask, np.where(mask, 0, regions), ctx, provider="labels")
    assert np.isfinite(found.meta["semantic_loss"])
    assert np.array_equal(found.pixels[~mask], pixels[~mask])


def test_a_local_ensemble_is_continuous_across_cells_and_blends_to_one():
    torch.manual_seed(0)
    function = LocalEnsemble(3, 2, 4, 8)
    torch.nn.init.normal_(function.decoder[-1].weight)
    latents = function.encode(torch.rand(1, 3, 9, 12))
    assert latents.shape == (1, 8, 5, 6)
    edge = 2.5  # where one set of four cells gives way to the next
    near = torch.tensor([[edge - 1e-4, 4.0], [edge + 1e-4, 4.0]])
    with torch.no_grad():
        left, right = function(latents, near, torch.zeros(2, 2))
        assert torch.allclose(left, right, atol=1e-2)
        function.decoder[-1].weight.zero_()
        function.decoder[-1].bias.fill_(0.7)
        assert torch.allclose(function(latents, torch.rand(5, 2) * 8, torch.rand(5, 2)), torch.tensor(0.7))


@pytest.mark.parametrize("size", [(150, 20), (131, 21)])
def test_strips_give_the_same_latents_as_the_whole(size):
    torch.manual_seed(0)
    function = LocalEnsemble(2, 1, 1, 6)
    picture = torch.rand(1, 2, *size)
    with torch.no_grad():
        assert torch.allclose(function.encode_in_strips(picture, lambda: None), function.encode(picture), atol=1e-6)


@pytest.mark.parametrize(
    ("mask", "words"),
    [(None, "marked as missing"), (np.zeros((8, 8), bool), "marked as missing"), (np.ones((8, 8), bool), "Only 0")],
    ids=["none", "empty", "full"],
)
def test_a_mask_that_leaves_nothing_to_do_is_refused_in_words(mask, words):
    for name in ("inpaint", "inpaint-classical"):
        record = registry.get(name)
        image = Image(np.zeros((8, 8, 3)), mask=mask)
        with pytest.raises(InputError, match=words):
            registry.load(record.target)(image, params=record.params_class()(), ctx=JobContext())


@pytest.mark.parametrize("size", [(1, 30, 1), (4, 5, 3)], ids=str)
def test_very_small_pictures_are_filled(size):
    pixels = np.random.default_rng(0).random(size).astype(np.float32)
    mask = np.random.default_rng(1).random(size[:2]) < 0.4
    found = inpaint(pixels, mask, steps=1, semantic_steps=1)
    assert np.isfinite(found.pixels).all()
    assert np.array_equal(found.pixels[~mask], pixels[~mask])


def test_a_mask_of_another_size_and_absent_labels_are_refused():
    with pytest.raises(ValueError, match="does not fit"):
        Image(np.zeros((8, 8, 3)), mask=np.zeros((8, 9), bool))
    with pytest.raises(InputError, match="no painted regions"):
        inpaint(stripes(), hole(), provider="labels")
    with pytest.raises(InputError, match="no painted regions"):
        inpaint(stripes(), hole(), np.ones((SIZE, SIZE), int), provider="labels")


class StopsAt(JobContext):
    """Cancels itself at a step of the training."""

    def __init__(self, path, at: int) -> None:
        super().__init__(checkpoint_path=path)
        self.at = at

    def step(self, i, n, message=None, **scalars):
        if "held_out" in scalars and i == self.at:
            self.cancel()
        super().step(i, n, message, **scalars)


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path, base):
    pixels, found, ctx = base
    path = tmp_path / "c.safetensors"
    with pytest.raises(Cancelled):
        inpaint(pixels, hole(), ctx=StopsAt(path, 3))
    again = JobContext(restored=read_checkpoint(path))
    resumed = inpaint(pixels, hole(), ctx=again)
    losses = {i: s["loss"] for i, s in ctx.history() if "held_out" in s}
    later = {i: s["loss"] for i, s in again.history() if "held_out" in s}
    assert sorted(later) == [4, 5, 6, 7, 8]
    assert all(later[i] == pytest.approx(losses[i], abs=1e-9) for i in later)
    assert np.array_equal(resumed.pixels, found.pixels)
    with pytest.raises(InputError, match="another input"):
        inpaint(pixels, hole(seed=1), ctx=JobContext(restored=read_checkpoint(path)))
