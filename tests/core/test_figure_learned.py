"""Learning from frames: a bulge that a bent knee makes is found again, in poses that were not shown."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from eigenform import jobs, registry
from eigenform.avatar.figure.frames import Frame, frame_of_mesh
from eigenform.avatar.figure.kinematics import skinning_matrices
from eigenform.avatar.figure.learned import learn
from eigenform.avatar.figure.offset_field import OffsetField, attention_of, nodes_of
from eigenform.avatar.figure.posing import Poser, pose
from eigenform.avatar.figure.settings import LearnParams
from eigenform.avatar.figure.skinning import skin
from eigenform.errors import Cancelled, InputError
from eigenform.geometry.closest import nearest_triangles
from eigenform.jobs import JobContext
from eigenform.params import make
from figure_toy import NAMES, avatar, pose_of

KNEE = NAMES.index("lowerleg.L")
SMALL = {"steps": 100, "nodes": 800, "width": 16, "rate": 0.01}


def bulged(rotations: np.ndarray) -> np.ndarray:
    """The truth: the left knee of the suit swells by 4 cm a radian."""
    toy = avatar()
    near = np.exp(-((np.linalg.norm(toy.rest_verts - toy.skeleton.heads[KNEE], axis=1) / 0.1) ** 2))
    outward = toy.rest_verts - toy.skeleton.heads[KNEE]
    outward = outward / np.linalg.norm(outward, axis=1, keepdims=True)
    rest = toy.rest_verts + 0.04 * np.linalg.norm(rotations[KNEE]) * near[:, None] * outward
    return skin(rest, toy.weight_bones, toy.weights, skinning_matrices(toy.skeleton, rotations))


def bent(angle: float, arm: float = 0.0) -> np.ndarray:
    return pose_of(lowerleg_L=(angle, 0, 0), upperarm_R=(0, arm, 0))


@functools.cache
def frames(angles=(0.0, 0.3, 0.6, 0.9, 1.2)) -> list[Frame]:
    turns = [bent(a, 0.3 * i % 0.7) for i, a in enumerate(angles)]
    return [frame_of_mesh(bulged(t), avatar().faces, t, np.zeros(3), count=2500) for t in turns]


def params(**changes):
    return make(LearnParams, {**SMALL, **changes})


def quiet() -> JobContext:
    return JobContext(preview_every=None)


@pytest.fixture(scope="module")
def learned():
    return learn(avatar(), frames(), params(steps=200), quiet())


def error(figure, rotations) -> float:
    """Mean distance of the true knee from the surface of the figure; along it nothing can be seen."""
    knee = np.linalg.norm(figure.rest_verts - figure.skeleton.heads[KNEE], axis=1) < 0.1
    return float(nearest_triangles(pose(figure, rotations).verts, figure.faces, bulged(rotations)[knee])[0].mean())


def test_a_pose_that_was_not_shown_is_nearer_to_the_truth(learned) -> None:
    for angle in (0.75, 1.05):
        unseen = bent(angle, 0.5)
        assert error(learned, unseen) < 0.4 * error(avatar(), unseen)
    told = learned.meta["learned"]
    assert told["distance_after_mm"] < 0.6 * told["distance_before_mm"]
    assert told["held_out_frames"] == 1
    assert told["curves"]["held_out"][0][0] == 100
    assert told["seed"] == 0


def test_the_offset_depends_on_joints_nearby_alone(learned) -> None:
    field = OffsetField.of(learned)
    still, lifted = field.at(bent(0.6)), field.at(bent(0.6, 1.5))
    leg = learned.rest_verts[:, 2] < -0.3
    assert np.abs(still - lifted)[leg].max() < 1e-6
    assert np.abs(field.at(bent(1.0)) - still)[leg].max() > 0.003


def test_posing_uses_what_was_learned_in_all_ways(learned, tmp_path) -> None:
    unseen = bent(0.8)
    posed = pose(learned, unseen).verts
    assert np.abs(Poser(learned).verts(unseen, learned.translation) - posed).max() < 1e-5
    assert np.abs(posed - pose(avatar(), unseen).verts).max() > 0.01
    from eigenform.io.files import read_any, write_any

    write_any(learned, tmp_path / "a.npz")
    assert np.array_equal(pose(read_any(tmp_path / "a.npz"), unseen).verts, posed)


def test_weights_stay_weights(learned) -> None:
    assert np.abs(learned.weights.sum(axis=1) - 1).max() < 1e-6
    assert (np.diff(learned.weights, axis=1) <= 1e-12).all()
    assert learned.weights.shape == avatar().weights.shape


def test_wrong_weights_are_corrected() -> None:
    """The left shin is bound to the thigh; frames with bent knees say better."""
    toy = avatar()
    shin = (toy.weight_bones == KNEE) & (toy.weights > 0)
    wrong = np.array(toy.weights)
    thigh = NAMES.index("upperleg.L")
    listed = (toy.weight_bones == thigh).any(axis=1) & shin.any(axis=1)
    rows = np.flatnonzero(listed)
    at, to = (toy.weight_bones[rows] == KNEE).argmax(axis=1), (toy.weight_bones[rows] == thigh).argmax(axis=1)
    moved = 0.4 * wrong[rows, at]
    wrong[rows, at] -= moved
    wrong[rows, to] += moved
    bad = toy.replace(weights=wrong)
    turns = [bent(a) for a in (0.3, 0.6, 0.9)]
    given = [frame_of_mesh(pose(toy, t, np.zeros(3)).verts, toy.faces, t, np.zeros(3), count=2500) for t in turns]
    found = learn(bad, given, params(offsets=False, hold_out=0), quiet())
    assert not found.arrays
    test = bent(0.75)
    before, after = (np.linalg.norm(pose(a, test).verts - pose(toy, test).verts, axis=1).mean() for a in (bad, found))
    assert after < 0.7 * before


def test_the_same_seed_gives_the_same_and_a_kill_is_survived(tmp_path) -> None:
    from eigenform.io.checkpoints import read_checkpoint

    short = params(steps=24)
    whole = learn(avatar(), frames(), short, quiet())

    class Stops(JobContext):
        def step(self, i, n, message=None, **scalars):
            super().step(i, n, message, **scalars)
            if i == 13:
                self.cancel()

    ctx = Stops(checkpoint_path=tmp_path / "c", preview_every=None)
    with pytest.raises(Cancelled):
        learn(avatar(), frames(), short, ctx)
    again = learn(avatar(), frames(), short, JobContext(restored=read_checkpoint(tmp_path / "c"), preview_every=None))
    assert np.array_equal(whole.weights, again.weights)
    assert all(np.array_equal(whole.arrays[k], again.arrays[k]) for k in whole.arrays)
    with pytest.raises(InputError, match="other parameters"):
        learn(avatar(), frames(), params(steps=25), JobContext(restored=read_checkpoint(tmp_path / "c")))


def test_no_time_and_no_steps_change_nothing() -> None:
    found = learn(avatar(), frames()[:2], params(steps=0), quiet())
    assert np.abs(pose(found, bent(0.5)).verts - pose(avatar(), bent(0.5)).verts).max() < 1e-5


def test_bad_input_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="no frames"):
        learn(avatar(), [], params(), quiet())
    with pytest.raises(InputError, match="Nothing is to be learned"):
        learn(avatar(), frames()[:1], params(weights=False, offsets=False), quiet())
    away = frames()[0]
    away = Frame(away.points + 5.0, away.normals, away.rotations, away.translation)
    with pytest.raises(InputError, match="nowhere near"):
        learn(avatar(), [away], params(), quiet())


def test_a_person_needs_two_views() -> None:
    from eigenform.figure_types import Person, View

    record = registry.get("learn-avatar")
    person = Person((View(np.zeros((4, 4, 3), np.uint8), np.array([2.0, 2, 2])),))
    with pytest.raises(InputError, match="two photographs"):
        jobs.run(record, [avatar(), person], make(record.params_class()))
    with pytest.raises(InputError, match="Fit the body"):
        jobs.run(record, [avatar(), person.replace(views=person.views * 2)], make(record.params_class()))


def test_nodes_and_attention() -> None:
    import scipy.sparse as sp

    toy = avatar()
    n, k = toy.weights.shape
    weights = sp.csr_matrix((toy.weights.ravel(), toy.weight_bones.ravel(), np.arange(0, n * k + 1, k)))
    nodes, near, shares = nodes_of(toy.rest_verts, weights, 200)
    assert len(nodes) == 200
    assert np.abs(shares.sum(axis=1) - 1).max() < 1e-6
    carried = np.einsum("vk,vkd->vd", shares, toy.rest_verts[nodes[near]])
    assert np.linalg.norm(carried - toy.rest_verts, axis=1).mean() < 0.05
    bones = np.array([NAMES.index("upperleg.L"), KNEE, NAMES.index("head")])
    attention = attention_of(weights, toy.skeleton.parents, bones)
    foot = np.flatnonzero(toy.weight_bones[:, 0] == NAMES.index("foot.L"))
    assert attention[foot, 1].min() > 0.9  # an unwatched foot belongs to the knee
    assert attention[foot, 0].min() > 0.4  # and the thigh is next to it
    assert attention[foot, 2].max() < 1e-3
