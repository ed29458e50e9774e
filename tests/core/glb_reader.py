"""GLB files read by another reader and skinned by hand: what tests of the export share."""

from __future__ import annotations

import numpy as np
import pygltflib
from scipy.spatial.transform import Rotation

COMPONENTS = {5126: ("<f4", 4), 5125: ("<u4", 4), 5123: ("<u2", 2), 5121: ("u1", 1)}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Read:
    """What a file holds, with nothing of ours in between."""

    def __init__(self, path) -> None:
        self.gltf = pygltflib.GLTF2().load(str(path))
        self.blob = self.gltf.binary_blob()
        self.primitive = self.gltf.meshes[0].primitives[0]
        self.skin = self.gltf.skins[0]

    def accessor(self, number: int) -> np.ndarray:
        a = self.gltf.accessors[number]
        view = self.gltf.bufferViews[a.bufferView]
        dtype, _ = COMPONENTS[a.componentType]
        flat = np.frombuffer(self.blob, dtype, a.count * WIDTHS[a.type], view.byteOffset + (a.byteOffset or 0))
        return flat.reshape(a.count, WIDTHS[a.type])

    def attribute(self, name: str) -> np.ndarray:
        return self.accessor(getattr(self.primitive.attributes, name))

    def worlds(self, animation: int | None = None, key: int = 0) -> np.ndarray:
        local = {}
        for i, node in enumerate(self.gltf.nodes):
            local[i] = [np.array(node.rotation or (0, 0, 0, 1)), np.array(node.translation or (0, 0, 0))]
        if animation is not None:
            found = self.gltf.animations[animation]
            for channel in found.channels:
                keys = self.accessor(found.samplers[channel.sampler].output)
                value = keys[min(key, len(keys) - 1)]
                local[channel.target.node][0 if channel.target.path == "rotation" else 1] = value
        worlds = {}

        def visit(node: int, above: np.ndarray) -> None:
            matrix = np.eye(4)
            matrix[:3, :3], matrix[:3, 3] = Rotation.from_quat(local[node][0]).as_matrix(), local[node][1]
            worlds[node] = above @ matrix
            for child in self.gltf.nodes[node].children or []:
                visit(child, worlds[node])

        for root in self.gltf.scenes[0].nodes:
            visit(root, np.eye(4))
        return np.stack([worlds[j] for j in self.skin.joints])

    def skinned(self, animation: int | None = None, key: int = 0) -> np.ndarray:
        inverse = np.swapaxes(self.accessor(self.skin.inverseBindMatrices).reshape(-1, 4, 4), 1, 2)
        moves = self.worlds(animation, key) @ inverse.astype(float)
        joints, weights = self.attribute("JOINTS_0"), self.attribute("WEIGHTS_0").astype(float)
        points = np.concatenate([self.attribute("POSITION"), np.ones((len(joints), 1))], axis=1).astype(float)
        return np.einsum("vk,vkij,vj->vi", weights, moves[joints], points)[:, :3]
