"""The networks of the avatar pillar: what they read and write, and the loop that trains them."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from eigenform.avatar.keypoints import MIRROR
from eigenform.avatar.networks import augment, weights
from eigenform.avatar.networks.clother import OFFSET_SCALE, inputs_of, outputs_of
from eigenform.avatar.networks.finder import read_heat, target_heat
from eigenform.avatar.networks.learn_clother import clothes_loss, mirrored
from eigenform.avatar.networks.lifter import LifterNetwork, arranged, lift
from eigenform.avatar.networks.occupancy import OccupancyNetwork, logits
from eigenform.avatar.networks.resident import Resident, fits
from eigenform.avatar.networks.settings import TrainParams
from eigenform.avatar.networks.shards import Shards
from eigenform.avatar.networks.training import Task, Training
from eigenform.avatar.networks.unet import UNet
from eigenform.errors import Cancelled, InputError
from eigenform.io.checkpoints import read_checkpoint
from eigenform.jobs import JobContext


def test_unet_keeps_the_resolution_and_sees_the_whole_picture() -> None:
    torch.manual_seed(0)
    net = UNet(3, 2, 5, widths=(8, 16, 16))
    x = torch.randn(1, 3, 32, 32, requires_grad=True)
    fine, coarse = net(x)
    assert fine.shape == (1, 2, 32, 32)
    assert coarse is not None
    assert coarse.shape == (1, 5, 8, 8)
    fine[0, 0, 0, 0].backward()
    assert x.grad is not None
    assert float(x.grad[0, :, 31, 31].abs().sum()) > 0  # normalisation and coarse levels reach the far corner


def test_a_heat_map_gives_its_keypoint_back() -> None:
    generator = torch.Generator().manual_seed(0)
    wanted = augment.uniform(generator, (2, 23, 2), -0.8, 0.8)
    found = read_heat(torch.log(target_heat(wanted, 64) + 1e-9))
    assert float((found[..., :2] - wanted).abs().max()) < 0.25 * 2 / 64  # a quarter of a cell
    assert float(found[..., 2].min()) > 0.9
    assert float(read_heat(torch.zeros(1, 1, 64, 64))[0, 0, 2]) < 0.01  # nothing is known where all is equal


def test_a_keypoint_outside_has_no_target() -> None:
    heat = target_heat(torch.tensor([[[1.3, 0.0], [0.0, 0.0]]]), 32)
    assert float(heat[0, 0].sum()) == 0
    assert float(heat[0, 1].sum()) == pytest.approx(1)


def test_moving_a_picture_moves_its_keypoints() -> None:
    """A dot is drawn at keypoint 0 and a mask around it; both are found where the keypoint went."""
    size, batch = 128, 24
    generator = torch.Generator().manual_seed(3)
    at = augment.uniform(generator, (batch, 1, 2), -0.5, 0.5).expand(batch, 23, 2)
    dot = target_heat(at[:, :1], size, sigma=2.0)
    rgb = (dot / dot.amax((2, 3), keepdim=True)).expand(batch, 3, size, size)
    moved, mask, keypoints = augment.move(rgb, rgb[:, :1], at, generator)
    seen = read_heat(torch.log(moved[:, :1] + 1e-6))[:, 0]
    inside = (keypoints[:, 0].abs() < 0.9).all(1)
    assert int(inside.sum()) > 12
    assert float((seen[:, :2] - keypoints[:, 0])[inside].abs().max()) < 2.5 * 2 / size
    assert torch.allclose(mask, moved[:, :1], atol=1e-6)


def test_the_mirror_swaps_left_and_right() -> None:
    assert [MIRROR[i] for i in MIRROR] == list(range(23))
    assert MIRROR[0] == 0
    assert MIRROR[5] == 6
    assert MIRROR[17] == 20
    assert MIRROR[22] == 19


def test_colours_stay_in_range() -> None:
    generator = torch.Generator().manual_seed(0)
    out = augment.recolour(torch.rand((6, 3, 16, 16), generator=generator), generator)
    assert float(out.min()) >= 0
    assert float(out.max()) <= 1


def _body(batch: int, size: int) -> dict[str, torch.Tensor]:
    normal = torch.zeros(batch, 3, size, size)
    normal[:, 2] = 1.0
    mask = torch.zeros(batch, 1, size, size)
    mask[..., 4:12, 4:12] = 1
    depth = torch.full((batch, 1, size, size), 0.1)
    return {"normal_front": normal * mask, "normal_back": -normal * mask, "depth_front": depth,
            "depth_back": -depth, "mask": mask}  # fmt: skip


def test_a_silent_clother_gives_the_body() -> None:
    body = _body(2, 16)
    maps = outputs_of(torch.zeros(2, 9, 16, 16), body)
    assert torch.allclose(maps["normal_front"] * body["mask"], body["normal_front"])
    assert torch.allclose(maps["normal_back"].norm(dim=1), torch.ones(2, 16, 16))
    assert float(maps["normal_back"][:, 2].max()) < 0  # beside the body the back looks away too
    assert float(maps["offset_front"].abs().max()) == 0
    raised = outputs_of(torch.ones(2, 9, 16, 16), body)
    assert float(raised["offset_back"].mean()) == pytest.approx(OFFSET_SCALE)


def test_the_clother_never_sees_the_background() -> None:
    body, mask = _body(1, 16), torch.zeros(1, 1, 16, 16)
    mask[..., 3:13, 3:13] = 1
    generator = torch.Generator().manual_seed(0)
    rgb = torch.rand((1, 3, 16, 16), generator=generator)
    other = torch.where(mask > 0, rgb, torch.rand((1, 3, 16, 16), generator=generator))
    assert torch.equal(inputs_of(rgb, body, mask), inputs_of(other, body, mask))


def test_the_loss_of_the_clother_is_least_at_the_truth_and_blind_to_mirrors() -> None:
    generator = torch.Generator().manual_seed(1)
    body = _body(1, 16)
    normal = torch.nn.functional.normalize(torch.randn((1, 3, 16, 16), generator=generator), dim=1)
    maps = {"mask": body["mask"], "normal_front": normal, "normal_back": -normal}
    maps |= {f"body_{k}": v for k, v in body.items() if k != "mask"}
    maps |= {"depth_front": body["depth_front"] + 0.02, "depth_back": body["depth_back"] - 0.03}
    truth = {"normal_front": normal, "normal_back": -normal, "offset_front": torch.full((1, 1, 16, 16), 0.02),
             "offset_back": torch.full((1, 1, 16, 16), 0.03), "mask_logit": 40 * (body["mask"] - 0.5)}  # fmt: skip
    loss, shown = clothes_loss(truth, maps)
    assert float(loss) < 1e-3
    assert shown["front degrees"] < 0.1
    wrong, _ = clothes_loss({**truth, "offset_back": truth["offset_front"]}, maps)
    assert float(wrong) > float(loss) + 0.01
    there = mirrored({**maps, "x": torch.arange(16.0).expand(1, 1, 16, 16)})
    assert torch.equal(there["normal_front"][:, 0], -normal[:, 0].flip(2))
    assert torch.equal(there["normal_front"][:, 2], normal[:, 2].flip(2))


def test_the_lifter_does_not_care_where_and_how_large_a_person_is() -> None:
    torch.manual_seed(0)
    net = LifterNetwork(bones=5, width=32, blocks=1).eval()
    points = np.random.default_rng(0).normal(size=(23, 3))
    points[:, 2] = 1
    points[4, 2] = 0
    one = lift(points, net)
    points[:, :2] = 300 * points[:, :2] + 1000
    points[4, :2] = 1e6  # what is not seen has no say
    two = lift(points, net)
    assert np.allclose(one.rotations, two.rotations, atol=1e-4)
    assert np.allclose(one.shape, two.shape, atol=1e-4)
    assert arranged(torch.zeros(1, 23, 3)).isfinite().all()
    with pytest.raises(ValueError, match="at least 6"):
        lift(np.zeros((23, 3)), net)


def test_occupancy_in_chunks_is_occupancy() -> None:
    torch.manual_seed(0)
    net = OccupancyNetwork(7, (16, 8)).eval()
    features = np.random.default_rng(0).normal(size=(70_000, 7)).astype(np.float32)
    with torch.no_grad():
        assert np.allclose(logits(net, features), net(torch.from_numpy(features)).numpy(), atol=1e-6)
    assert logits(net, features[:0]).shape == (0,)


def test_every_epoch_shows_each_sample_once(tmp_path) -> None:
    counts = [5, 7, 3, 9, 4, 6, 8, 2, 5, 7, 3]
    starts = np.cumsum([0, *counts])
    files = []
    for i, n in enumerate(counts):
        np.savez(tmp_path / f"{i}.npz", number=np.arange(n) + starts[i])
        np.savez(tmp_path / f"more-{i}.npz", double=2 * (np.arange(n) + starts[i]))
        files.append((tmp_path / f"{i}.npz", tmp_path / f"more-{i}.npz"))
    shards = Shards(files, counts, ("number", "double"), seed=4)
    batches = [shards.batch(step, 10) for step in range(118)]
    assert all(len(b["number"]) == 10 for b in batches)
    assert all((b["double"] == 2 * b["number"]).all() for b in batches)
    seen = np.concatenate([b["number"] for b in batches])
    total = sum(counts)
    for epoch in range(len(seen) // total):
        assert sorted(seen[epoch * total : (epoch + 1) * total]) == list(range(total))
    assert (seen[:total] != seen[total : 2 * total]).any()
    fresh = Shards(files, counts, ("number", "double"), seed=4)
    assert (fresh.batch(77, 10)["number"] == batches[77]["number"]).all()  # a resumed run sees the same


def test_samples_on_a_device_are_those_of_the_files(tmp_path) -> None:
    counts = [5, 7, 3]
    starts = np.cumsum([0, *counts])
    files = []
    for i, n in enumerate(counts):
        number = np.arange(n, dtype=np.int16) + starts[i]
        np.savez(tmp_path / f"{i}.npz", number=number.astype(np.int16), other=number)
        np.savez(tmp_path / f"more-{i}.npz", double=np.stack([2 * number, -number], 1))
        files.append((tmp_path / f"{i}.npz", tmp_path / f"more-{i}.npz"))
    assert not fits(files, "cpu")  # main memory is for other things
    held = Resident(files, counts, ("number", "double"), 4, "cpu")
    batches = [held.batch(step, 4) for step in range(60)]  # 16 epochs of 15
    assert all(b["number"].dtype == torch.int16 and (b["double"][:, 0] == 2 * b["number"]).all() for b in batches)
    seen = torch.cat([b["number"] for b in batches]).tolist()
    for epoch in range(16):
        assert sorted(seen[15 * epoch : 15 * epoch + 15]) == list(range(15))
    assert seen[:15] != seen[15:30]
    fresh = Resident(files, counts, ("number", "double"), 4, "cpu")
    assert (fresh.batch(33, 4)["number"] == batches[33]["number"]).all()  # a resumed run sees the same


def test_a_box_before_some_pictures_leaves_the_rest_alone() -> None:
    generator = torch.Generator().manual_seed(2)
    rgb = torch.rand((200, 3, 32, 32), generator=generator)
    out = augment.occlude(rgb, generator, share=0.5)
    changed = (out != rgb).any(1)
    assert 70 < int(changed.flatten(1).any(1).sum()) < 130
    for picture, box in zip(out, changed, strict=True):
        rows, columns = torch.nonzero(box, as_tuple=True)
        if len(rows):
            inside = picture[:, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].flatten(1)
            assert (inside == inside[:, :1]).all()  # one colour
            assert inside.shape[1] < 0.12 * 32 * 32


def test_half_precision_is_for_the_network_alone() -> None:
    """Keypoints that move with a picture lose pixels in bfloat16; only the network may run in it."""

    class Looks(_Line):
        def loss(self, network, step, generator):
            x = torch.rand((8, 3), generator=generator)
            kinds.append((x @ torch.eye(3)).dtype)
            kinds.append(network(x).dtype)
            return network(x).float().square().mean(), {}

    kinds: list[torch.dtype] = []
    Training(Looks(), torch.nn.Linear(3, 1), TrainParams(steps=1, half="on"), "cpu", JobContext()).run()
    assert kinds == [torch.float32, torch.bfloat16]


class _Line(Task):
    """Learns a plane; for tests of the loop."""

    name = "line"
    architecture: dict = {}

    def prepare(self, ctx: JobContext) -> None:
        pass

    def loss(self, network, step, generator):
        x = torch.randn((32, 3), generator=generator)
        error = (network(x).squeeze(1) - x @ torch.tensor([1.0, -2.0, 0.5])).square().mean()
        return error, {"step": float(step)}

    def card(self):
        return {}


def _train(steps: int, ctx: JobContext, stop_at: int | None = None) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    params = TrainParams(steps=steps, learning_rate=0.05, warm_up=5, averaging=0.9, half="off")
    training = Training(_Line(), torch.nn.Linear(3, 1), params, "cpu", ctx)
    if stop_at is not None:
        whole = ctx.step

        def step(i: int, *args: object, **kwargs: object) -> None:
            if i >= stop_at:
                ctx.cancel()
            whole(i, *args, **kwargs)  # type: ignore[arg-type]

        ctx.step = step  # type: ignore[method-assign]
    return {k: v.clone() for k, v in training.run().state_dict().items()}


def test_training_learns_and_goes_on_exactly_where_it_was(tmp_path) -> None:
    whole = _train(200, JobContext())
    assert torch.allclose(whole["weight"], torch.tensor([[1.0, -2.0, 0.5]]), atol=0.02)
    path = tmp_path / "line.checkpoint"
    with pytest.raises(Cancelled):
        _train(200, JobContext(checkpoint_path=path), stop_at=77)
    resumed = _train(200, JobContext(restored=read_checkpoint(path)))
    assert torch.equal(resumed["weight"], whole["weight"])


def test_a_checkpoint_of_another_training_is_refused(tmp_path) -> None:
    path = tmp_path / "line.checkpoint"
    with pytest.raises(Cancelled):
        _train(50, JobContext(checkpoint_path=path), stop_at=5)
    params = TrainParams(steps=50, learning_rate=0.01, half="off")
    ctx = JobContext(restored=read_checkpoint(path))
    with pytest.raises(InputError, match="other parameters"):
        Training(_Line(), torch.nn.Linear(3, 1), params, "cpu", ctx).run()


def _written(folder) -> None:
    net = OccupancyNetwork(7)
    tensors = {k: v.numpy() for k, v in net.state_dict().items()}
    weights.write(folder, "icon7", tensors, {"architecture": {"inputs": 7}, "scores": {}})


def test_weights_come_back_in_half_precision(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("EIGENFORM_WEIGHTS", str(tmp_path))
    torch.manual_seed(0)
    _written(tmp_path)
    network, card = weights.load("icon7")
    torch.manual_seed(0)
    for key, value in OccupancyNetwork(7).state_dict().items():
        assert torch.equal(network.state_dict()[key], value.half().float())
    assert card["network"] == "icon7"


def test_damaged_and_newer_weights_are_refused_in_a_sentence(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("EIGENFORM_WEIGHTS", str(tmp_path))
    _written(tmp_path)
    path = tmp_path / "icon7.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="hash differs"):
        weights.load("icon7")
    card = json.loads((tmp_path / "icon7.json").read_text())
    (tmp_path / "icon7.json").write_text(json.dumps({**card, "format": 99}))
    with pytest.raises(InputError, match="newer Eigenform"):
        weights.load("icon7")
    (tmp_path / "icon7.json").write_text("[]")
    with pytest.raises(InputError, match="not a model card"):
        weights.load("icon7")
    monkeypatch.setattr(weights, "shipped_folder", lambda: tmp_path / "nowhere")
    monkeypatch.setenv("EIGENFORM_WEIGHTS", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="avatar-train --network icon7"):
        weights.load("icon7")


def test_the_keypoint_rig_says_what_skinning_says() -> None:
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.body.rotations import axis_angle_to_matrix
    from eigenform.avatar.networks.keypoint_rig import KeypointRig

    model = load_body()
    generator = torch.Generator().manual_seed(0)
    shapes = torch.rand((3, 6), generator=generator)
    rig = KeypointRig(model, shapes)
    turns = axis_angle_to_matrix(0.4 * torch.randn((3, len(rig.main), 3), generator=generator))
    keypoints, joints = rig.place(turns, torch.arange(3))
    full = torch.eye(3).repeat(3, len(model.bones), 1, 1)
    full[:, rig.main] = turns
    with torch.no_grad():
        posed = model(shapes, full)
    assert float((posed.keypoints - keypoints).abs().max()) < 1e-5
    assert float((posed.joints - joints).abs().max()) < 1e-5


def test_a_detector_leaves_out_and_errs() -> None:
    from eigenform.avatar.networks.learn_lifter import seen_by_camera

    keypoints = torch.randn((500, 23, 3), generator=torch.Generator().manual_seed(0))
    seen = seen_by_camera(keypoints, torch.Generator().manual_seed(1))
    assert 0.05 < float((seen[..., 2] == 0).float().mean()) < 0.2
    error = (seen[..., :2] - keypoints[..., [0, 2]]).square().mean((1, 2)).sqrt()
    assert float(error.max()) < 0.1
    assert float(error.min()) < 1e-3


def test_what_is_seen_in_a_mirror_is_mirrored() -> None:
    from eigenform.avatar.networks.finder import SIZE, see

    torch.manual_seed(0)
    net = UNet(3, 1, 23, widths=(16, 16)).eval()
    rgb = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    one, two = see(rgb, net), see(np.ascontiguousarray(rgb[:, ::-1]), net)
    assert np.allclose(one.mask, two.mask[:, ::-1], atol=1e-4)
    back = two.keypoints[list(MIRROR)] * [-1, 1, 1]
    assert np.allclose(one.keypoints, back, atol=1e-3)
