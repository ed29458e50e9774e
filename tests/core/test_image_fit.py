"""Networks fitted to images: repeatable, resumable, and choosing their frequency."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.implicit.frequency.image_fit import coordinates, psnr, run
from eigenform.implicit.frequency.settings import ImageFitParams
from eigenform.jobs import Cancelled, JobContext
from eigenform.types import Image


def stripes(n: int = 24, waves: int = 3) -> Image:
    """A colour image of a plane wave."""
    x = (np.arange(n) + 0.5) / n
    grey = 0.5 + 0.4 * np.sin(2 * np.pi * waves * x)[None, :] * np.ones((n, 1))
    return Image(np.stack([grey, 1 - grey, 0.5 + 0 * grey], axis=2), name="stripes")


def values(**changes: object) -> ImageFitParams:
    return ImageFitParams(**{"width": 32, "layers": 2, "steps": 300, "learning_rate": 3e-3, "device": "cpu"} | changes)


@pytest.mark.parametrize("network", ["siren", "fourier", "finer"])
def test_a_plane_wave_is_learned_with_the_frequency_fresh_chooses(network: str) -> None:
    found = run(stripes(), params=values(network=network), ctx=JobContext())
    assert found.meta["psnr"] > 24
    assert found.meta["fresh"]["chosen"] == found.meta["frequency"]
    assert len(found.meta["fresh"]["spectra"]) == len(found.meta["fresh"]["candidates"])
    assert found.pixels.shape == (24, 24, 3)


def test_the_picture_lies_as_the_input_does() -> None:
    pixels = np.zeros((16, 24, 1))
    pixels[:8, :12] = 1
    found = run(Image(pixels), params=values(frequency=6.0), ctx=JobContext())
    assert found.pixels[:6, :10].mean() > 0.8
    assert found.pixels[10:, 14:].mean() < 0.2
    np.testing.assert_allclose(coordinates(2, 4)[0], [-0.25, -0.75])


def test_a_resumed_run_equals_one_that_was_not_interrupted(tmp_path: Path) -> None:
    params = values(steps=40, frequency=10.0)
    whole = run(stripes(80), params=params, ctx=JobContext())

    class Stops(JobContext):
        def step(self, i: int, n: int, message: str | None = None, **scalars: float) -> None:
            super().step(i, n, message, **scalars)
            if i == 25:
                raise Cancelled

    from eigenform.io.checkpoints import read_checkpoint

    path = tmp_path / "run.checkpoint"
    with pytest.raises(Cancelled):
        run(stripes(80), params=params, ctx=Stops(path, checkpoint_every=0.0))
    again = run(stripes(80), params=params, ctx=JobContext(restored=read_checkpoint(path)))
    np.testing.assert_array_equal(whole.pixels, again.pixels)


def test_unknown_pixels_are_not_looked_at() -> None:
    image = stripes()
    mask = np.zeros((24, 24), dtype=bool)
    mask[8:12] = True
    spoiled = image.pixels.copy()
    spoiled[mask] = 0
    one, other = (
        run(Image(p, mask), params=values(steps=20, frequency=9.0), ctx=JobContext()) for p in (image.pixels, spoiled)
    )
    np.testing.assert_array_equal(one.pixels, other.pixels)
    with pytest.raises(InputError, match="known pixels"):
        run(Image(image.pixels, np.ones((24, 24), dtype=bool)), params=values(), ctx=JobContext())
    with pytest.raises(InputError, match="constant"):
        run(Image(np.ones((24, 24))), params=values(), ctx=JobContext())


def test_psnr_of_a_known_difference() -> None:
    assert psnr(np.zeros(10), np.full(10, 0.1)) == pytest.approx(20)
