"""Posing: updates a second, torn edges of skirts, agreement of exported files.

python benchmarks/avatar_posing.py speed          one avatar of about 60,000 vertices
python benchmarks/avatar_posing.py skirts [N]     generated people in loose clothes, legs apart by 45 degrees
python benchmarks/avatar_posing.py export         GLB read back, in several poses
python benchmarks/avatar_posing.py frames [N]     learning from N frames; unseen poses
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from common import table, verdict
from eigenform.avatar.figure.clips import frame
from eigenform.avatar.figure.kinematics import skinning_matrices
from eigenform.avatar.figure.posing import Poser, pose
from eigenform.avatar.figure.skinning import bind, skin
from eigenform.avatar.metrics import edge_stretch
from eigenform.figure_types import Avatar

SKIRTS = ("skirt", "dress", "coat")


def fused(person, size: int = 224) -> tuple[np.ndarray, np.ndarray]:
    """The one closed surface around all parts of a generated person: what a reconstruction gives at best."""
    import torch
    from eigenform.avatar.raster.project import from_ndc, to_ndc
    from eigenform.avatar.raster.voxels import winding
    from scipy.ndimage import gaussian_filter, label
    from skimage.measure import marching_cubes

    verts = torch.tensor(person.verts, dtype=torch.float32)
    low, high = verts.amin(0), verts.amax(0)
    scale = 1.9 / float((high - low).max())
    middle = (low + high) / 2
    camera = torch.tensor([[scale, -scale * float(middle[0]), -scale * float(middle[2])]])
    flat = to_ndc((verts - torch.tensor([0.0, float(middle[1]), 0.0]))[None], camera)
    solid = (winding(flat[0], torch.tensor(person.faces), size) > 0).numpy()
    parts, _ = label(solid)
    solid = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    found, faces, _, _ = marching_cubes(gaussian_filter(solid.astype(np.float32), 0.8), 0.5)
    points = torch.tensor((found + 0.5) * (2.0 / size) - 1.0, dtype=torch.float32)
    world = from_ndc(points[None], camera)[0].double().numpy() + [0.0, float(middle[1]), 0.0]
    corners = world[faces]
    if np.einsum("fd,fd->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) < 0:
        faces = faces[:, ::-1]
    return world, faces.astype(np.int64)


def bound(person, model, size: int = 224) -> tuple[Avatar, float]:
    """An avatar of a generated person, and the seconds that binding took."""
    skeleton = model.skeleton(person.shape)
    transforms = skinning_matrices(skeleton, person.rotations)
    verts, faces = fused(person, size)
    began = time.perf_counter()
    weights = (model.skin_bones, model.skin_weights)
    rest, bones, amounts = bind(verts, faces, person.body_verts, model.faces, weights, transforms, model.trunk)
    seconds = time.perf_counter() - began
    turns = person.rotations.astype(float)
    return Avatar(rest, verts, faces, skeleton, bones, amounts, turns, np.zeros(3), name="person"), seconds


def spread(avatar: Avatar, degrees: float) -> np.ndarray:
    """The reference pose with the legs ``degrees`` farther apart."""
    turns = np.zeros_like(avatar.rotations)
    for side, sign in (("L", -1.0), ("R", 1.0)):
        turns[avatar.skeleton.names.index(f"upperleg01.{side}"), 1] = sign * np.radians(degrees) / 2
    return turns


def speed() -> None:
    """Updates a second, in the pose of a walk."""
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.body.walk import walk_cycle
    from eigenform.avatar.synthetic.person import make_person

    model = load_body()
    avatar, seconds = bound(make_person(1, "trousers", model), model, 256)
    clip = walk_cycle(avatar.skeleton)
    poser, times, busy = Poser(avatar), [], []
    for i in range(60):
        began, own = time.perf_counter(), time.process_time()
        found = poser.verts(*frame(clip, i / 60))
        times.append(time.perf_counter() - began)
        busy.append(time.process_time() - own)
    rate = 1 / float(np.median(times))
    exact = pose(avatar, *frame(clip, 59 / 60)).verts
    row = {"vertices": len(avatar.verts), "bind s": seconds, "updates/s": rate, "a CPU-s": 1 / float(np.mean(busy))}
    table([{**row, "slowest ms": 1e3 * max(times), "mm off": 1e3 * float(np.abs(found - exact).max())}])
    verdict("at least 30 updates a second (a loaded machine gives fewer; see those a CPU-s)", rate >= 30)


def skirts(count: int) -> None:
    """Share of edges stretched more than three times, from the unspread pose."""
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.synthetic.person import make_person

    model, rows, seed = load_body(), [], 0
    while len(rows) < count:
        seed += 1
        person = make_person(seed, "loose", model, rotations=np.zeros((len(model.bones), 3)))
        names = [p for p in person.parts if any(s in p for s in SKIRTS)]
        if not names:
            continue
        avatar, seconds = bound(person, model)
        before = pose(avatar, spread(avatar, 0)).verts
        row = {"seed": seed, "parts": "+".join(names), "vertices": len(before), "bind s": seconds}
        for degrees in (45, 90):
            row[f"{degrees} deg %"] = 100 * edge_stretch(
                before, pose(avatar, spread(avatar, degrees)).verts, avatar.faces
            )
        rows.append(row)
        print(row, flush=True)
    table(rows)
    worst = max(r["45 deg %"] for r in rows)
    verdict(f"fewer than 0.5 % of edges stretched more than 3 times at 45 degrees (worst {worst:.3f} %)", worst < 0.5)


def export() -> None:
    """GLB files read by pygltflib and skinned by hand, against our own skinning with the same four weights."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "core"))
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.body.poses import SAMPLE_POSES, pose_vectors
    from eigenform.avatar.body.walk import walk_cycle
    from eigenform.avatar.figure.export import write_avatar
    from eigenform.avatar.figure.rigs import full_rig, mixamo_rig
    from eigenform.avatar.synthetic.person import make_person
    from test_gltf_skin import TURN, Read

    model, rows = load_body(), []
    avatar, _ = bound(make_person(3, "trousers", model), model)
    avatar = avatar.replace(clips=(walk_cycle(avatar.skeleton),))
    for name, rig in (("glb", full_rig(avatar.skeleton)), ("glb-mixamo", mixamo_rig(avatar.skeleton))):
        joints, weights = rig.weights(avatar.weight_bones, avatar.weights, 4)
        worst = 0.0
        for sample in SAMPLE_POSES:
            posed = pose(avatar, pose_vectors(sample, avatar.skeleton.names))
            with tempfile.TemporaryDirectory() as folder:
                write_avatar(posed, Path(folder) / "a.glb", name)
                read, size = Read(Path(folder) / "a.glb"), (Path(folder) / "a.glb").stat().st_size
            transforms = skinning_matrices(avatar.skeleton, posed.rotations, posed.translation)[rig.bones]
            own = skin(avatar.rest_verts, joints, weights, transforms) @ TURN.T
            worst = max(worst, float(np.linalg.norm(read.skinned() - own, axis=1).max()))
        lost = skin(avatar.rest_verts, joints, weights, transforms) - posed.verts
        lost = 1e3 * float(np.linalg.norm(lost, axis=1).mean())
        rows.append(
            {
                "format": name,
                "bones": len(rig.names),
                "MB": size / 1e6,
                "worst mm": 1e3 * worst,
                "4 weights cost mm": lost,
            }
        )
    table(rows)
    verdict("GLB agrees with our own skinning to 0.1 mm", all(r["worst mm"] < 0.1 for r in rows))


def frames(count: int) -> None:
    """Learning from ``count`` poses of generated people; Chamfer distance to the true clothes in four unseen ones."""
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.figure.frames import frame_of_mesh
    from eigenform.avatar.figure.learned import learn
    from eigenform.avatar.figure.settings import LearnParams
    from eigenform.avatar.metrics import chamfer_p2s
    from eigenform.avatar.synthetic.person import make_person
    from eigenform.jobs import JobContext

    model, rows = load_body(), []
    for seed, stratum in ((11, "tight"), (12, "trousers"), (13, "loose")):
        people = [make_person(seed, stratum, model, variation=i) for i in range(count + 4)]
        seen, unseen = people[:count], people[count:]
        avatar, _ = bound(seen[0], model)
        given = [frame_of_mesh(*fused(p, 160), p.rotations.astype(float), np.zeros(3)) for p in seen]
        truth = [fused(p) for p in unseen]
        began = time.perf_counter()
        learned = learn(avatar, given, LearnParams(), JobContext(preview_every=None))
        row = {"person": f"{stratum} {seed}", "frames": count, "seconds": time.perf_counter() - began}
        for name, figure in (("before", avatar), ("after", learned)):
            found = [pose(figure, p.rotations.astype(float), np.zeros(3)) for p in unseen]
            error = [chamfer_p2s(f.verts, f.faces, *t) for f, t in zip(found, truth, strict=True)]
            row[f"{name}, mm"] = float(np.mean([e.chamfer for e in error]))
        told = learned.meta["learned"]
        row |= {"held out before": told["distance_before_mm"], "held out after": told["distance_after_mm"]}
        rows.append(row)
        print(row, flush=True)
    table(rows)
    verdict("unseen poses within 15 mm", all(r["after, mm"] <= 15 for r in rows))


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "speed"
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    if what == "skirts":
        skirts(number)
    elif what == "export":
        export()
    elif what == "frames":
        frames(number if len(sys.argv) > 2 else 20)
    else:
        speed()
