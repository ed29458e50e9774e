"""A CLIP image encoder read from a safetensors file, giving dense features by the value path (MaskCLIP).

The file holds the vision tower of CLIP (Radford et al., ICML 2021) under the names that the ``transformers`` library
writes, of any size; ViT-B/16 has patch 16, width 768, 12 layers and 512 outputs:

==============================================  =======================
``vision_model.embeddings.class_embedding``     (width,)
``...embeddings.patch_embedding.weight``        (width, 3, patch, patch)
``...embeddings.position_embedding.weight``     (1 + grid * grid, width)
``...pre_layrnorm.weight`` and ``.bias``        (width,); so spelt there
``...encoder.layers.I.layer_norm1``, ``2``      weight, bias
``...encoder.layers.I.self_attn.X_proj``        X = q, k, v, out
``...encoder.layers.I.mlp.fc1``, ``fc2``        weight, bias
``...post_layernorm.weight`` and ``.bias``      (width,)
``visual_projection.weight``                    (outputs, width)
==============================================  =======================

A head is 64 wide. In the last layer a token gives its own value, passed through the output projection, instead of what
attention would mix: so its feature says what is at its place (Zhou, Loy and Dai, Extract Free Dense Labels from CLIP,
ECCV 2022, section 3.2).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from eigenform.errors import InputError
from eigenform.io.checkpoints import read_tensors
from eigenform.jobs import unwatched

MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""Of the colours CLIP was trained on."""

HEAD = 64


class VisionTransformer:
    """The vision tower, its sizes read off the tensors.

    Parameters
    ----------
    path : str or Path
        The safetensors file.

    Raises
    ------
    InputError
        Where the file is not there, is no safetensors file or lacks a tensor.
    """

    def __init__(self, path: str | Path) -> None:
        arrays, _ = read_tensors(path)
        self.path = Path(path)
        self.tensors = {k: torch.from_numpy(np.array(v, dtype=np.float32)) for k, v in arrays.items()}
        patch = self._get("vision_model.embeddings.patch_embedding.weight")
        self.width, self.patch = patch.shape[0], patch.shape[-1]
        self.heads = max(1, self.width // HEAD)
        self.grid = round((len(self._get("vision_model.embeddings.position_embedding.weight")) - 1) ** 0.5)
        prefix = "vision_model.encoder.layers."
        numbers = {int(k[len(prefix) :].split(".")[0]) for k in self.tensors if k.startswith(prefix)}
        if not numbers:
            raise InputError(f"{self.path.name} holds no layers of a CLIP vision tower (vision_model.encoder.layers).")
        self.layers = max(numbers) + 1

    def _get(self, name: str) -> Tensor:
        if name not in self.tensors:
            raise InputError(f"{self.path.name} is not a CLIP vision tower: it has no tensor {name}.")
        return self.tensors[name]

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self._get(f"{name}.weight"), self._get(f"{name}.bias"))

    def _norm(self, x: Tensor, name: str) -> Tensor:
        return functional.layer_norm(x, (self.width,), self._get(f"{name}.weight"), self._get(f"{name}.bias"))

    def dense(self, picture: np.ndarray, check: Callable[[], None] = unwatched) -> np.ndarray:
        """(grid, grid, outputs) float32 features of a picture (H, W, 3) in [0, 1], each of unit length."""
        side = self.grid * self.patch
        with torch.no_grad():
            x = torch.as_tensor(np.moveaxis(picture, -1, 0)[None].astype(np.float32))
            x = functional.interpolate(x, (side, side), mode="bicubic", align_corners=False, antialias=True)
            x = (x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
            x = functional.conv2d(x, self._get("vision_model.embeddings.patch_embedding.weight"), stride=self.patch)
            first = self._get("vision_model.embeddings.class_embedding")[None]
            x = torch.cat([first, x[0].reshape(self.width, -1).T])
            x = self._norm(
                x + self._get("vision_model.embeddings.position_embedding.weight"), "vision_model.pre_layrnorm"
            )
            for i in range(self.layers):
                check()
                x = self._layer(x, f"vision_model.encoder.layers.{i}", last=i == self.layers - 1)
            x = self._norm(x[1:], "vision_model.post_layernorm") @ self._get("visual_projection.weight").T
            x = functional.normalize(x, dim=1)
        return x.reshape(self.grid, self.grid, -1).numpy()

    def _layer(self, x: Tensor, name: str, last: bool) -> Tensor:
        """One block; of the last one only the values."""
        y = self._norm(x, f"{name}.layer_norm1")
        value = self._linear(y, f"{name}.self_attn.v_proj")
        if last:
            return self._linear(value, f"{name}.self_attn.out_proj")
        query, key = (self._linear(y, f"{name}.self_attn.{k}_proj") for k in "qk")
        q, k, v = (t.reshape(len(x), self.heads, -1).transpose(0, 1) for t in (query, key, value))
        mixed = functional.scaled_dot_product_attention(q[None], k[None], v[None])[0]
        x = x + self._linear(mixed.transpose(0, 1).reshape(len(x), -1), f"{name}.self_attn.out_proj")
        y = self._linear(self._norm(x, f"{name}.layer_norm2"), f"{name}.mlp.fc1")
        return x + self._linear(y * torch.sigmoid(1.702 * y), f"{name}.mlp.fc2")
