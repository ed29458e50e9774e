"""A person's own ONNX models, run by onnxruntime: small ones made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from eigenform import jobs, registry
from eigenform.avatar.fit import clothed
from eigenform.avatar.fit.settings import LoopParams
from eigenform.avatar.photo import onnx_models
from eigenform.avatar.photo.onnx_models import MEAN, SPREAD
from eigenform.avatar.photo.settings import FindPersonParams
from eigenform.errors import InputError
from eigenform.figure_types import Person, View
from eigenform.types import Image
from onnx import TensorProto, helper, numpy_helper


def model(
    path: Path, kernel: np.ndarray, bias: np.ndarray, shape: tuple[int | str, ...] = (1, 3, "h", "w"), stride: int = 1
) -> Path:
    """A file with one convolution of ``kernel`` (outputs, inputs, 1, 1)."""
    node = helper.make_node("Conv", ["x", "kernel", "bias"], ["y"], strides=[stride, stride])
    values = [numpy_helper.from_array(np.asarray(v, np.float32), n) for v, n in ((kernel, "kernel"), (bias, "bias"))]
    graph = helper.make_graph(
        [node],
        "toy",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        values,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def redness(path: Path, gain: float = 40.0) -> Path:
    """A model whose logit is ``gain`` (red - blue - 0.3), colours in [0, 1]."""
    kernel = gain * np.array([SPREAD[0], 0, -SPREAD[2]]).reshape(1, 3, 1, 1)
    return model(path, kernel, np.array([gain * (MEAN[0] - MEAN[2] - 0.3)]))


def photograph() -> Image:
    """A red person of a box on blue."""
    pixels = np.full((300, 200, 3), [0.1, 0.1, 0.7], np.float32)
    pixels[40:270, 60:140] = [0.9, 0.2, 0.1]
    return Image(pixels, name="red.png")


def test_a_mask_model_finds_what_it_is_made_for(tmp_path: Path) -> None:
    own = str(redness(tmp_path / "mask.onnx"))
    params = FindPersonParams(mask_model=own, accept_part=True, accept_unsure=True)
    person = jobs.run(registry.get("find-person"), [photograph()], params)
    assert isinstance(person, Person)
    view = person.views[0]
    wanted = np.zeros((300, 200), bool)
    wanted[40:270, 60:140] = True
    found = np.asarray(view.mask) > 0.5
    assert found.shape == wanted.shape
    assert (found & wanted).sum() / (found | wanted).sum() > 0.97


def test_a_keypoint_model_says_where_its_heat_is(tmp_path: Path) -> None:
    """17 maps of a quarter of the resolution, each as warm as the picture is red."""
    kernel = np.zeros((17, 3, 1, 1))
    kernel[:, 0] = SPREAD[0]
    path = model(tmp_path / "pose.onnx", kernel, np.full(17, MEAN[0]), (1, 3, 256, 256), stride=4)
    rgb = np.zeros((256, 256, 3), np.uint8)
    rgb[60:68, 180:188, 0] = 255
    points = onnx_models.pose_model(path)(rgb)
    assert points.shape == (23, 3)
    assert points[:17, :2] == pytest.approx(np.tile([2 * 184 / 256 - 1, 1 - 2 * 64 / 256], (17, 1)), abs=0.02)
    assert points[:17, 2] == pytest.approx(np.ones(17), abs=1e-3)
    assert not points[17:].any(), "feet are not among those of COCO"


def test_a_normal_model_gives_the_front_and_our_network_the_rest(tmp_path: Path) -> None:
    path = model(tmp_path / "normal.onnx", np.zeros((3, 3, 1, 1)), np.array([0.3, 0.0, 0.4]))
    rgb, mask = np.full((256, 256, 3), 90, np.uint8), np.zeros((256, 256))
    person = Person((View(rgb, np.full(3, 128.0)),))
    mask[40:220, 90:170] = 1
    body = {f"{what}_{side}": np.zeros((256, 256, 3) if what == "normal" else (256, 256), np.float32)
            for what in ("normal", "depth") for side in ("front", "back")} | {"mask": mask > 0}  # fmt: skip
    ours = clothed.predictor(person, LoopParams())(rgb, body, mask)
    theirs = clothed.predictor(person, LoopParams(model_file=str(path)))(rgb, body, mask)
    assert theirs["normal_front"][100, 120] == pytest.approx([0.6, 0, 0.8])
    assert np.array_equal(theirs["normal_front"][5, 5], ours["normal_front"][5, 5]), "not beside the person"
    for name in ("normal_back", "offset_front", "offset_back", "mask"):
        assert np.array_equal(theirs[name], ours[name])


def test_what_is_no_such_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a model of one colour picture"):
        onnx_models.session(model(tmp_path / "four.onnx", np.zeros((1, 4, 1, 1)), np.zeros(1), (1, 4, 8, 8)))
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    with pytest.raises(InputError, match="is not an ONNX model that can be run"):
        onnx_models.session(tmp_path / "broken.onnx")
    two = model(tmp_path / "two.onnx", np.zeros((5, 3, 1, 1)), np.zeros(5))
    with pytest.raises(InputError, match="a mask"):
        onnx_models.mask_model(two)(np.zeros((16, 16, 3), np.uint8))
