"""BVH: hand-written files with known turns, read and given to our skeleton."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from eigenform.avatar.figure.bone_names import part_of, parts_of
from eigenform.avatar.figure.kinematics import world_matrices
from eigenform.avatar.figure.retarget import retarget
from eigenform.errors import InputError
from eigenform.figure_types import Skeleton
from eigenform.io.bvh import read_bvh
from scipy.spatial.transform import Rotation

ROT = "Zrotation Xrotation Yrotation"
# name, parent, offset in centimetres: a T-pose, Y up, facing Z, left at +X
PERSON = (
    ("Hips", "", (0, 0, 0)), ("Spine", "Hips", (0, 12, 0)), ("Spine1", "Spine", (0, 15, 0)),
    ("Neck", "Spine1", (0, 25, 0)), ("Head", "Neck", (0, 12, 0)),
    ("LeftArm", "Spine1", (17, 20, 0)), ("LeftForeArm", "LeftArm", (28, 0, 0)), ("LeftHand", "LeftForeArm", (25, 0, 0)),
    ("RightArm", "Spine1", (-17, 20, 0)), ("RightForeArm", "RightArm", (-28, 0, 0)),
    ("RightHand", "RightForeArm", (-25, 0, 0)),
    ("LeftUpLeg", "Hips", (9, -5, 0)), ("LeftLeg", "LeftUpLeg", (0, -42, 0)), ("LeftFoot", "LeftLeg", (0, -41, 0)),
    ("LeftToe", "LeftFoot", (0, -7, 14)),
    ("RightUpLeg", "Hips", (-9, -5, 0)), ("RightLeg", "RightUpLeg", (0, -42, 0)),
    ("RightFoot", "RightLeg", (0, -41, 0)), ("RightToe", "RightFoot", (0, -7, 14)),
)  # fmt: skip


def text_of(person=PERSON, frames=({},), seconds=0.04, rename=lambda n: n, turn=None, height=95.0) -> str:
    """A file; each frame gives turns in degrees (z, x, y) by joint, and ``root`` a place."""
    turn = np.eye(3) if turn is None else turn
    lines, order = ["HIERARCHY"], []

    def visit(name: str, depth: int) -> None:
        offset = turn @ next(o for n, _, o in person if n == name)
        order.append(name)
        pad = "\t" * depth
        lines.extend([f"{pad}{'ROOT' if depth == 0 else 'JOINT'} {rename(name)}", f"{pad}{{"])
        lines.append(f"{pad}\tOFFSET {offset[0]:.6f} {offset[1]:.6f} {offset[2]:.6f}")
        channels = f"6 Xposition Yposition Zposition {ROT}" if depth == 0 else f"3 {ROT}"
        lines.append(f"{pad}\tCHANNELS {channels}")
        children = [n for n, parent, _ in person if parent == name]
        for child in children:
            visit(child, depth + 1)
        if not children:
            lines.extend([f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET 0 1 0", f"{pad}\t}}"])
        lines.append(f"{pad}}}")

    visit(person[0][0], 0)
    lines += ["MOTION", f"Frames:\t{len(frames)}", f"Frame Time: {seconds}"]
    for frame in frames:
        numbers = list(turn @ frame.get("root", (0.0, height, 0.0)))
        for name in order:
            numbers.extend(frame.get(name, (0.0, 0.0, 0.0)))
        lines.append(" ".join(f"{v:.6f}" for v in numbers))
    return "\n".join(lines) + "\n"


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        (tmp_path / "a.bvh").write_text(text, encoding="utf-8")
        return tmp_path / "a.bvh"

    return write


def anny_like() -> Skeleton:
    """An A-pose with the names of Anny's rig and axes of its own."""
    from eigenform.avatar.figure.rotations import matrices

    bones = [("root", "", (0, 0, 0)), ("spine05", "root", (0, 0.02, 0.1)), ("spine03", "spine05", (0, 0, 0.15)),
             ("neck01", "spine03", (0, 0.03, 0.3)), ("head", "neck01", (0, -0.02, 0.1))]  # fmt: skip
    for side, s in (("L", 1), ("R", -1)):
        bones += [
            (f"upperarm01.{side}", "spine03", (s * 0.17, 0.02, 0.22)),
            (f"upperarm02.{side}", f"upperarm01.{side}", (s * 0.1, 0, -0.1)),
            (f"lowerarm01.{side}", f"upperarm02.{side}", (s * 0.1, 0, -0.1)),
            (f"wrist.{side}", f"lowerarm01.{side}", (s * 0.15, -0.15, -0.14)),
            (f"upperleg01.{side}", "root", (s * 0.1, 0, -0.06)),
            (f"lowerleg01.{side}", f"upperleg01.{side}", (s * 0.04, -0.02, -0.42)),
            (f"foot.{side}", f"lowerleg01.{side}", (s * 0.03, 0.03, -0.41)),
            (f"toe1-1.{side}", f"foot.{side}", (s * 0.01, -0.14, -0.06)),
        ]
    names = [b[0] for b in bones]
    parents = [names.index(b[1]) if b[1] else -1 for b in bones]
    heads = np.zeros((len(bones), 3))
    for i, (_, _, step) in enumerate(bones):
        heads[i] = (heads[parents[i]] if i else 0) + np.array(step)
    axes = matrices(np.random.default_rng(1).normal(0, 1, (len(bones), 3)))
    axes[0] = np.eye(3)
    return Skeleton(tuple(names), np.array(parents), heads, axes, axes)


def direction(clip, frame: int, bone: str, then: str) -> np.ndarray:
    sk = anny_like()
    places = world_matrices(sk, clip.rotations[frame], clip.translations[frame])[:, :3, 3]
    step = places[sk.names.index(then)] - places[sk.names.index(bone)]
    return step / np.linalg.norm(step)


def test_turns_channels_and_ends_are_read(written) -> None:
    motion = read_bvh(written(text_of(frames=({}, {"LeftArm": (90, 0, 0), "LeftForeArm": (0, 0, 90)}))))
    assert motion.names == tuple(p[0] for p in PERSON)
    assert motion.seconds == 0.04
    assert motion.ends[motion.names.index("LeftHand")].tolist() == [0, 1, 0]
    assert np.isnan(motion.ends[0]).all()
    turns, places = motion.worlds()
    at = {name: places[:, i] for i, name in enumerate(motion.names)}
    assert np.allclose(at["LeftHand"][0], (17 + 53, 95 + 47, 0))
    # 90 degrees about z lift the arm; 90 about the turned y bend the forearm backward
    assert np.allclose(at["LeftForeArm"][1], (17, 95 + 47 + 28, 0))
    assert np.allclose(at["LeftHand"][1], (17, 95 + 47 + 28, -25))
    assert np.allclose(turns @ np.swapaxes(turns, -1, -2), np.eye(3))


def test_channels_apply_in_the_order_they_stand(written) -> None:
    text = "HIERARCHY\nROOT a {\nOFFSET 1 2 3\nCHANNELS 3 Yrotation Xrotation Zrotation\nJOINT b\n{\nOFFSET 0 0 1\n"
    text += "CHANNELS 4 Xrotation Xposition Yposition Zposition\nEnd Site\n{\nOFFSET 0 0 1\n}\n}\n}\n"
    motion = read_bvh(written(text + "MOTION\nFrames: 1\nFrame Time: 0.1\n90 90 0 0 5 6 7\n"))
    y = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    x = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    assert np.allclose(motion.rotations[0, 0], y @ x)
    assert motion.positions[0].tolist() == [[1, 2, 3], [5, 6, 7]]


def test_a_figure_takes_the_t_pose_of_the_file(written) -> None:
    clip = retarget(read_bvh(written(text_of())), anny_like())
    assert clip.fps == 25
    for side, s in (("L", 1), ("R", -1)):
        assert np.allclose(direction(clip, 0, f"upperarm01.{side}", f"lowerarm01.{side}"), (s, 0, 0), atol=1e-9)
        assert np.allclose(direction(clip, 0, f"lowerarm01.{side}", f"wrist.{side}"), (s, 0, 0), atol=1e-9)
        assert np.allclose(direction(clip, 0, f"upperleg01.{side}", f"lowerleg01.{side}"), (0, 0, -1), atol=1e-9)
    assert np.allclose(clip.rotations[0, anny_like().names.index("spine05")], 0, atol=1e-9)


def test_known_turns_arrive(written) -> None:
    frames = ({}, {"LeftArm": (90, 0, 0), "RightUpLeg": (0, -90, 0), "RightLeg": (0, 90, 0)}, {"Hips": (0, 0, 90)})
    clip = retarget(read_bvh(written(text_of(frames=frames))), anny_like())
    assert np.allclose(direction(clip, 1, "upperarm01.L", "lowerarm01.L"), (0, 0, 1), atol=1e-9)  # raised
    assert np.allclose(direction(clip, 1, "upperleg01.R", "lowerleg01.R"), (0, -1, 0), atol=1e-9)  # thigh forward
    assert np.allclose(direction(clip, 1, "lowerleg01.R", "foot.R"), (0, 0, -1), atol=1e-9)  # shin down
    # a quarter turn to the left about the vertical: from -Y to +X
    assert np.allclose(direction(clip, 2, "upperarm01.L", "lowerarm01.L"), (0, 1, 0), atol=1e-9)


def test_units_and_ways_do_not_matter(written) -> None:
    frames = ({}, {"root": (0, 95, 50)})
    clip = retarget(read_bvh(written(text_of(frames=frames))), anny_like())
    scale = np.linalg.norm((0.04, -0.02, -0.42)) + np.linalg.norm((0.03, 0.03, -0.41))
    assert np.allclose(clip.translations[1] - clip.translations[0], (0, -50 * scale / 83, 0), atol=1e-9)
    inches = tuple((n, p, tuple(np.array(o) / 2.54)) for n, p, o in PERSON)
    other = retarget(
        read_bvh(written(text_of(inches, ({"root": (0, 95 / 2.54, 0)}, {"root": (0, 95 / 2.54, 50 / 2.54)})))),
        anny_like(),
    )
    assert np.allclose(other.translations, clip.translations, atol=1e-5)
    zero = world_matrices(anny_like(), np.zeros_like(clip.rotations[0]))[:, 2, 3].min()
    first = world_matrices(anny_like(), clip.rotations[0], clip.translations[0])[:, 2, 3].min()
    assert abs(first - zero) < 1e-9  # feet on the same ground


def test_a_world_with_z_up_gives_the_same(written) -> None:
    turn = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    frames = ({}, {"root": (3, 95, 40)})
    flat = retarget(read_bvh(written(text_of(frames=frames))), anny_like())
    stood = retarget(read_bvh(written(text_of(frames=frames, turn=turn))), anny_like())
    assert np.allclose(stood.rotations, flat.rotations, atol=1e-6)
    assert np.allclose(stood.translations, flat.translations, atol=1e-6)


def test_a_rest_pose_folded_along_one_axis_is_understood(written) -> None:
    """As in LaFAN: without turns all bones point along x, the legs beside the trunk; frames unfold them."""
    length = {n: np.linalg.norm(o) for n, _, o in PERSON}
    odd = []
    for name, parent, offset in PERSON:
        along = (length[name], 0, 0)
        if name.endswith("UpLeg"):
            along = (0, 0, offset[0])
        if name.endswith("Arm") and not name.endswith("ForeArm"):
            along = (20, 0, offset[0])
        odd.append((name, parent, along))
    # stand it up: x to y, y to z, z to x; legs half a turn about the left axis (z), arms a quarter about y
    stand = Rotation.from_matrix([[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one of many ways to say it
        up = {"Hips": tuple(stand.as_euler("ZXY", degrees=True))}
    legs = {f"{side}UpLeg": (180.0, 0.0, 0.0) for side in ("Left", "Right")}
    arms = {"LeftArm": (0.0, 0.0, -90.0), "RightArm": (0.0, 0.0, 90.0)}
    clip = retarget(read_bvh(written(text_of(odd, ({**up, **legs, **arms},)))), anny_like())
    assert np.allclose(direction(clip, 0, "upperleg01.L", "lowerleg01.L"), (0, 0, -1), atol=1e-6)
    assert np.allclose(direction(clip, 0, "upperarm01.L", "lowerarm01.L"), (1, 0, 0), atol=1e-6)
    assert np.allclose(direction(clip, 0, "lowerarm01.R", "wrist.R"), (-1, 0, 0), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("mixamorig:LeftUpLeg", "thigh.L"), ("LeftUpLeg", "thigh.L"), ("LeftHip", "thigh.L"), ("lThigh", "thigh.L"),
        ("Bip01 L Thigh", "thigh.L"), ("Bip01 R Forearm", "forearm.R"), ("RightLowArm", "forearm.R"),
        ("upperarm01.R", "upperarm.R"), ("wrist.L", "hand.L"), ("RightKnee", "shin.R"), ("LeftToeBase", "toe.L"),
        ("Hips", "hips"), ("Bip01", "hips"), ("root", "hips"), ("Spine1", "chest"), ("LowerBack", "spine"),
        ("LeftCollar", "shoulder.L"), ("l_foot", "foot.L"), ("LeftHandIndex1", None), ("jaw", None),
    ],
)  # fmt: skip
def test_names_are_known(name, part) -> None:
    assert part_of(name) == part


def test_where_shoulders_are_upper_arms_the_chain_tells() -> None:
    found = parts_of(("Hips", "LeftCollar", "LeftShoulder", "LeftElbow", "LeftWrist", "RightShoulder", "RightElbow"))
    assert found["shoulder.L"] == 1
    assert found["upperarm.L"] == 2
    assert found["forearm.L"] == 3
    assert found["upperarm.R"] == 5
    assert "shoulder.R" not in found


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("HIERARCHY", "HELLO"), 1, "HIERARCHY"),
        (("OFFSET 0.000000 12.000000 0.000000", "OFFSET 0 twelve 0"), 8, "not numbers"),
        (("CHANNELS 6", "CHANNELS 5"), 5, "CHANNELS"),
        (("Xposition", "Wposition"), 5, "not a channel"),
        (("Frames:\t1", "Frames:\t3"), None, "1 of 3 frames"),
        (("Frame Time: 0.04", "Frame Time: 0"), None, "frame time"),
        (("MOTION", "MOTOIN"), None, "MOTION"),
        (("0.000000 95.000000", "95.000000"), None, "60 numbers"),
        (("0.000000 95.000000", "nan 95.000000"), None, "numbers"),
    ],
)
def test_errors_name_the_line(written, change, line, words) -> None:
    text = text_of()
    assert change[0] in text
    with pytest.raises(InputError, match=words) as caught:
        read_bvh(written(text.replace(*change, 1)))
    assert f"a.bvh, line {line if line else ''}" in str(caught.value)
    assert str(caught.value).count(".") <= 3


def test_a_cut_off_file_and_a_missing_one_are_refused(written, tmp_path) -> None:
    with pytest.raises(InputError, match="line"):
        read_bvh(written(text_of()[:200]))
    with pytest.raises(InputError, match="line 1"):
        read_bvh(written(""))
    with pytest.raises(InputError, match="no file"):
        read_bvh(tmp_path / "none.bvh")
    with pytest.raises(InputError, match="could be hips"):
        retarget(read_bvh(written(text_of(rename=lambda n: f"x{len(n)}{n[::-1]}"))), anny_like())
