"""A part of a field is the same field: cropped, at another level, as a mesh."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.conversions import CONVERSIONS, conversion, mesh_of
from eigenform.errors import InputError
from eigenform.implicit.assemble import assemble
from eigenform.implicit.fields import field_of
from eigenform.implicit.portion import portion
from eigenform.types import ImplicitSurface

CENTRE = np.array([10.0, -4.0, 2.0])


@pytest.fixture(scope="module")
def sphere() -> ImplicitSurface:
    """Radius 0.6 about ``CENTRE``, in a box of half width 1."""
    axes = np.linspace(-1.0, 1.0, 48)
    x = np.stack(np.meshgrid(axes, axes, axes, indexing="ij"), axis=-1)
    samples = np.linalg.norm(x, axis=-1) - 0.6
    box = np.array([[-1.0] * 3, [1.0] * 3])
    spec = {"kind": "samples", "box": (box / 2).tolist(), "centre": CENTRE.tolist(), "scale": 2.0}
    return assemble(spec, {"samples": samples / 2}, box + CENTRE, samples=samples.astype(np.float32), name="sphere")


def test_nothing_changed_is_the_same_value(sphere):
    assert portion(sphere) is sphere
    assert portion(sphere, level=0.0) is sphere


def test_another_level_is_another_sphere(sphere):
    bigger = portion(sphere, level=0.2)
    assert np.allclose(np.linalg.norm(bigger.verts - CENTRE, axis=1), 0.8, atol=4e-3)
    assert bigger.level == 0.2
    assert np.array_equal(bigger.samples, sphere.samples)


def test_a_crop_box_cuts_samples_and_mesh_and_keeps_the_field(sphere):
    box = np.array([[0.0, -2.0, -0.3], [0.8, 2.0, 0.3]]) + CENTRE
    part = portion(sphere, box)
    assert np.allclose(part.box, [[10.0, -5.0, 1.7], [10.8, -3.0, 2.3]])
    assert (part.verts >= part.box[0] - 1e-9).all()
    assert (part.verts <= part.box[1] + 1e-9).all()
    assert len(part.verts) > 100
    assert np.allclose(np.linalg.norm(part.verts - CENTRE, axis=1), 0.6, atol=4e-3)
    corner = part.box[0]
    assert part.samples[0, 0, 0] == pytest.approx(float(field_of(sphere).values(corner[None])[0]), abs=1e-6)
    assert dict(part.spec) == dict(sphere.spec)


def test_a_crop_box_beside_the_surface_is_refused_in_a_sentence(sphere):
    with pytest.raises(InputError, match="holds nothing of sphere, which reaches from"):
        portion(sphere, np.array([[0.0] * 3, [1.0] * 3]))


def test_sampling_can_be_stopped(sphere):
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        portion(sphere, sphere.box * 0.999, check=stop)


def test_a_surface_stands_for_its_mesh(sphere):
    own = mesh_of(sphere)
    assert np.array_equal(own.verts, sphere.verts)
    assert np.array_equal(own.faces, sphere.faces)
    assert not own.notes
    other = mesh_of(sphere, 0.1)
    assert np.allclose(np.linalg.norm(other.verts - CENTRE, axis=1), 0.7, atol=4e-3)
    assert "48 x 48 x 48 samples" in other.notes[0]
    with pytest.raises(InputError, match="no surface at level 9"):
        mesh_of(sphere, 9.0)


def test_every_conversion_gives_what_it_says(sphere):
    row = conversion("ImplicitSurface", "Shape")
    assert row is not None
    assert type(row.run(sphere)).__name__ == row.target
    assert conversion("Shape", "ImplicitSurface") is None
    for row in CONVERSIONS:
        assert callable(row.load())
