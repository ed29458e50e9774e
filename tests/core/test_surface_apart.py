"""Arms that rest on the trunk come off it."""

from __future__ import annotations

import numpy as np
import pytest
from avatar_fixtures import body
from eigenform import jobs, registry
from eigenform.avatar.metrics import body_covered, edge_stretch, point_distances, topology
from eigenform.avatar.surface import apart
from eigenform.avatar.surface.apart import Bound, webs, without_webs
from eigenform.avatar.surface.clothed import Clothing
from eigenform.avatar.surface.settings import SurfaceParams
from eigenform.figure_types import Avatar
from eigenform.jobs import JobContext
from surface_people import dressed_person

QUICK = SurfaceParams(mode="depth", resolution=129, refine=0, faces=12_000, texture=0)
RESTING_HANDS = 1, "trousers"
"""A held-out person whose hands lie on the hips."""


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    """That person."""
    record = next(m for m in registry.methods() if m.name == "clothed-surface")
    return jobs.run(record, [dressed_person(*RESTING_HANDS)[0]], QUICK)


def test_nothing_is_drawn_out_at_rest(avatar: Avatar) -> None:
    assert avatar.meta["report"]["web"] > 20
    assert not webs(avatar.rest_verts, avatar.verts, avatar.faces).any()
    assert edge_stretch(avatar.verts, avatar.rest_verts, avatar.faces) < 1e-3


def test_the_figure_stays_one_closed_piece_about_the_body(avatar: Avatar) -> None:
    found = topology(avatar.rest_verts, avatar.faces)
    assert found.watertight
    assert found.components == 1
    bare = np.asarray(dressed_person(*RESTING_HANDS)[0].views[0].verts)[body().trunk]
    assert body_covered(bare, avatar.verts, avatar.faces) >= 0.99


def test_what_the_picture_shows_hardly_moves(avatar: Avatar) -> None:
    work = Clothing(dressed_person(*RESTING_HANDS)[0], QUICK, JobContext())
    work._extract()
    work._simplify()
    away = point_distances(work.verts, avatar.verts, avatar.faces)
    assert away.mean() < 0.002
    assert np.quantile(away, 0.95) < 0.008


def test_a_forearm_that_goes_with_the_web_is_put_back(avatar: Avatar, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body says where it was, beyond what is left of the surface."""
    names = np.array(avatar.skeleton.names)
    forearm = np.array(
        [n.startswith(("lowerarm", "wrist", "finger", "metacarpal")) and n.endswith(".L") for n in names]
    )
    lost = forearm[avatar.weight_bones[:, 0]][avatar.faces].all(axis=1)
    assert lost.sum() > 100
    monkeypatch.setattr(apart, "webs", lambda *_: lost)
    work = Clothing(dressed_person(*RESTING_HANDS)[0], QUICK, JobContext())
    bound = Bound(avatar.rest_verts, avatar.faces, avatar.weight_bones, avatar.weights)
    again, _ = without_webs(bound, avatar.verts, work.fitted, QUICK, JobContext())
    rest = work.fitted.at_rest()[0]
    bare = rest.verts[np.unique(rest.faces)]
    assert body_covered(bare, again.verts, again.faces) >= 0.97  # the grid is coarser than fingers
    kept = avatar.faces[~lost]
    assert np.ptp(avatar.rest_verts[np.unique(kept)], axis=0)[0] < np.ptp(again.verts, axis=0)[0] - 0.1


def test_a_figure_without_webs_is_left_alone(avatar: Avatar) -> None:
    bound = Bound(avatar.rest_verts, avatar.faces, avatar.weight_bones, avatar.weights)
    again, count = without_webs(bound, avatar.verts, None, QUICK, JobContext())  # type: ignore[arg-type]
    assert again is bound
    assert count == 0
