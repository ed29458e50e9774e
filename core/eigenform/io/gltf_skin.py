"""GLB with a skeleton: a mesh, its bones and weights, movements and a texture, in a binary glTF 2.0 file.

Axes are turned from those of figures (Z up, facing -Y) to those of glTF (Y up, facing +Z): ``(x, y, z)`` becomes
``(x, z, -y)``. Bones keep their own axes: with P that turn, the world matrix of a joint is ``P W`` and its inverse bind
matrix ``W_rest^-1 P^T``, so that a vertex is moved by ``P W W_rest^-1 P^T``.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eigenform.io.colours import linear
from eigenform.io.gltf_buffer import INDICES, VERTICES, Parts

AXES = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
"""From the axes of figures to those of glTF."""
INFLUENCES = 4
_STILL = 1e-6


@dataclass(frozen=True)
class Movement:
    """One animation: matrices (T, K, 4, 4) of each joint in the frame of its parent, and frames a second."""

    name: str
    fps: float
    local: np.ndarray


@dataclass(frozen=True)
class SkinnedMesh:
    """What the file holds, in the axes of figures, metres.

    Parameters
    ----------
    name : str
    verts, faces : (V, 3) float, (F, 3) int
        At rest.
    normals : (V, 3) float
        Unit.
    joints, weights : (V, 4) int, (V, 4) float
        Rows of weights sum to 1.
    names : tuple of str
        Of K joints.
    parents : (K,) int
        -1 for the first, which is the root; parents come first.
    rest, now : (K, 4, 4) float
        World matrices of the joints at rest and as the file shows them without an animation.
    movements : tuple of Movement
    texture_coordinates, texture_faces, texture : optional
        (T, 2) with the origin at the lower left, (F, 3), (H, W, 3) uint8.
    colours : (V, 3) float, optional
        sRGB in [0, 1]; left out where there is a texture, which they would tint.
    extras : mapping
        JSON-serialisable notes.
    """

    name: str
    verts: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    names: tuple[str, ...]
    parents: np.ndarray
    rest: np.ndarray
    now: np.ndarray
    movements: tuple[Movement, ...] = ()
    texture_coordinates: np.ndarray | None = None
    texture_faces: np.ndarray | None = None
    texture: np.ndarray | None = None
    colours: np.ndarray | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)


def write_skinned_glb(path: str | os.PathLike[str], mesh: SkinnedMesh) -> None:
    """Write a skinned mesh, atomically.

    Raises
    ------
    InputError
        Where ``path`` cannot be written to.
    """
    parts = Parts()
    primitive, material = _primitive(mesh, parts), _material(mesh)
    inverse = (np.linalg.inv(mesh.rest) @ AXES.T).astype("<f4")
    inverse[:, 3] = (0.0, 0.0, 0.0, 1.0)
    columns = np.ascontiguousarray(np.swapaxes(inverse, 1, 2)).reshape(-1, 16)
    count = len(mesh.names)
    # nodes: the joints, then the armature that holds the first of them, then the mesh
    nodes = _joint_nodes(mesh)
    nodes += [{"name": f"{mesh.name} skeleton", "children": [0]}, {"name": mesh.name, "mesh": 0, "skin": 0}]
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "Eigenform", "extras": dict(mesh.extras)},
        "scene": 0,
        "scenes": [{"name": mesh.name, "nodes": [count, count + 1]}],
        "nodes": nodes,
        "meshes": [{"name": mesh.name, "primitives": [primitive]}],
        "skins": [
            {
                "name": mesh.name,
                "joints": list(range(count)),
                "skeleton": 0,
                "inverseBindMatrices": parts.add(columns),
            }
        ],
        "materials": [material],
    }
    if mesh.texture is not None:
        document |= {
            "textures": [{"source": 0, "sampler": 0}],
            "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],
            "images": [{"bufferView": parts.view(_png(mesh.texture)), "mimeType": "image/png", "name": mesh.name}],
        }
    if mesh.movements:
        document["animations"] = [_animation(m, parts) for m in mesh.movements]
    parts.write(path, document)


def _primitive(mesh: SkinnedMesh, parts: Parts) -> dict[str, Any]:
    """The attributes of the vertices; those on a seam of the texture stand once for each of its sides."""
    faces, source = np.asarray(mesh.faces), np.arange(len(mesh.verts))
    uv = None
    if mesh.texture is not None and mesh.texture_coordinates is not None and mesh.texture_faces is not None:
        pairs = np.stack([faces.ravel(), np.asarray(mesh.texture_faces).ravel()], axis=1)
        unique, index = np.unique(pairs, axis=0, return_inverse=True)
        faces, source = index.reshape(-1, 3), unique[:, 0]
        uv = mesh.texture_coordinates[unique[:, 1]] * (1.0, -1.0) + (0.0, 1.0)
    turn = AXES[:3, :3].T
    joints, weights = exact_weights(mesh.joints, mesh.weights)
    attributes = {
        "POSITION": parts.add((mesh.verts[source] @ turn).astype("<f4"), VERTICES, limits=True),
        "NORMAL": parts.add(_unit(mesh.normals[source] @ turn).astype("<f4"), VERTICES),
        "JOINTS_0": parts.add(joints[source].astype("u1" if len(mesh.names) <= 256 else "<u2"), VERTICES),
        "WEIGHTS_0": parts.add(weights[source].astype("<f4"), VERTICES),
    }
    if uv is not None:
        attributes["TEXCOORD_0"] = parts.add(uv.astype("<f4"), VERTICES)
    elif mesh.colours is not None:
        attributes["COLOR_0"] = parts.add(linear(mesh.colours)[source].astype("<f4"), VERTICES)
    indices = parts.add(faces.astype("<u4").reshape(-1, 1), INDICES)
    return {"attributes": attributes, "indices": indices, "mode": 4, "material": 0}


def exact_weights(joints: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Four joints and weights a vertex, as the file keeps them: single precision, summing to 1 to its last digit.

    A joint without weight is number 0, as glTF asks.
    """
    short = INFLUENCES - joints.shape[1]
    joints = np.pad(joints, ((0, 0), (0, max(short, 0))))
    kept = np.pad(weights, ((0, 0), (0, max(short, 0)))).astype(np.float32)
    kept[:, 0] = (1.0 - kept[:, 1:].astype(np.float64).sum(axis=1)).astype(np.float32)
    return np.where(kept > 0, joints, 0), kept


def _joint_nodes(mesh: SkinnedMesh) -> list[dict[str, Any]]:
    local = mesh.now.copy()
    local[0] = AXES @ mesh.now[0]
    for joint in range(1, len(local)):
        local[joint] = np.linalg.inv(mesh.now[mesh.parents[joint]]) @ mesh.now[joint]
    turns = _quaternions(local)
    nodes: list[dict[str, Any]] = []
    for joint, name in enumerate(mesh.names):
        node: dict[str, Any] = {"name": name, "translation": local[joint, :3, 3].tolist()}
        node["rotation"] = turns[joint].tolist()
        if len(children := np.flatnonzero(np.asarray(mesh.parents) == joint)):
            node["children"] = children.tolist()
        nodes.append(node)
    return nodes


def _material(mesh: SkinnedMesh) -> dict[str, Any]:
    surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 0.9}
    if mesh.texture is not None:
        surface["baseColorTexture"] = {"index": 0}
    elif mesh.colours is None:
        surface["baseColorFactor"] = [0.5, 0.5, 0.5, 1.0]
    return {"name": mesh.name, "pbrMetallicRoughness": surface}


def _animation(movement: Movement, parts: Parts) -> dict[str, Any]:
    """Turns and shifts of all joints; one that keeps still has one key. So no clip depends on how the file stands."""
    local = movement.local.copy()
    local[:, 0] = AXES @ local[:, 0]
    count = len(local)
    times = parts.add((np.arange(count) / movement.fps).astype("<f4")[:, None], limits=True)
    start = parts.add(np.zeros((1, 1), dtype="<f4"), limits=True) if count > 1 else times
    samplers, channels = [], []
    turns = _quaternions(local)
    for i in range(1, count):  # the nearer of q and -q, or a viewer would turn the long way
        flip = (turns[i] * turns[i - 1]).sum(axis=1) < 0
        turns[i, flip] *= -1.0
    for joint in range(local.shape[1]):
        for what, keys in (("rotation", turns[:, joint]), ("translation", local[:, joint, :3, 3])):
            still = np.abs(keys - keys[0]).max() <= _STILL
            kept, when = (keys[:1], start) if still else (keys, times)
            samplers.append({"input": when, "output": parts.add(kept.astype("<f4")), "interpolation": "LINEAR"})
            channels.append({"sampler": len(samplers) - 1, "target": {"node": joint, "path": what}})
    return {"name": movement.name, "samplers": samplers, "channels": channels}


def _quaternions(matrices: np.ndarray) -> np.ndarray:
    from eigenform.avatar.figure.rotations import quaternions

    return quaternions(matrices[..., :3, :3])


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length > 1e-12, vectors / np.maximum(length, 1e-300), (0.0, 1.0, 0.0))


def _png(pixels: np.ndarray) -> np.ndarray:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return np.frombuffer(file.getvalue(), dtype=np.uint8)
