"""Training the networks of the avatar pillar from end to end, on next to nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from eigenform.avatar.networks import learn_lifter, learn_occupancy, points, weights
from eigenform.avatar.networks.occupancy import logits
from eigenform.avatar.networks.people import body_file
from eigenform.avatar.networks.settings import TrainParams
from eigenform.avatar.networks.train import train
from eigenform.avatar.synthetic.dataset import write_shard
from eigenform.avatar.synthetic.sample import make_sample
from eigenform.avatar.synthetic.streams import stratum_of
from eigenform.cli import main

FIRST = 1_000_000
COUNT = 3


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    seeds = range(FIRST, FIRST + COUNT)
    samples = [make_sample(seed, stratum_of(seed)) for seed in seeds]
    write_shard(folder / f"people-{FIRST:08d}.npz", samples, seeds, [stratum_of(s) for s in seeds])
    return folder


def _values(network: str, people, **more) -> TrainParams:
    return TrainParams(network=network, data=str(people), samples=16, steps=2, batch=2, half="off", **more)


@pytest.fixture(scope="module")
def trained(people, tmp_path_factory):
    """Finder and clother after two steps, and where they are."""
    folder = tmp_path_factory.mktemp("weights")
    return folder, {name: train(_values(name, people), folder=folder) for name in ("finder", "clother")}


def test_finder_and_clother_train_on_the_same_people(trained, monkeypatch) -> None:
    folder, done = trained
    for network in ("finder", "clother"):
        card = json.loads(done[network].card_path.read_text())
        assert card["training"]["steps"] == 2
        assert card["data"]["seeds"][0] == FIRST
        assert "no photograph" in card["data"]["kind"]
        assert (folder / f"{network}.safetensors").stat().st_size < 16e6
    monkeypatch.setenv("EIGENFORM_WEIGHTS", str(folder))
    network, _ = weights.load("clother")
    assert sum(p.numel() for p in network.parameters()) == card["parameters"]


def test_bodies_beside_people_fit_them(people, trained) -> None:
    """The bodies are almost right: they cover most of the person and lie within its clothes."""
    path = people / f"people-{FIRST:08d}.npz"
    with np.load(path) as true, np.load(body_file(path)) as bodies:
        for mask, bare, front, depth in zip(
            true["mask"], bodies["body_mask"], bodies["body_depth_front"], true["depth_front"], strict=True
        ):
            both = mask & bare
            assert both.sum() > 0.85 * bare.sum()
            assert np.median(depth[both].astype(float) - front[both]) > -0.02


def test_the_occupancy_network_learns_on_what_the_clother_says(people, trained, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("EIGENFORM_WEIGHTS", str(trained[0]))
    for module in (points, learn_occupancy):
        monkeypatch.setattr(module, "PEOPLE", 2)
    params = _values("occupancy", people, learning_rate=5e-3, warm_up=1, averaging=0.5)
    object.__setattr__(params, "samples", 2)  # fewer than a form allows
    object.__setattr__(params, "steps", 120)
    done = train(params, folder=tmp_path)
    network, card = weights.load_from(done.card_path)
    assert network.inputs == 21
    assert card["data"]["clother"] == weights.read_card(trained[0] / "clother.json")["sha256"]
    with np.load(points.points_file(people, FIRST)) as stored:
        told, inside = stored["local"][0], stored["inside"][0]
    right = ((logits(network, told) > 0) == inside).mean()
    assert 0.2 < inside.mean() < 0.8
    assert right > max(inside.mean(), 1 - inside.mean()) + 0.15  # far better than always the more common answer


def test_the_lifter_trains_and_the_command_line_goes_on(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(learn_lifter, "SHAPES", 4)
    command = [
        "avatar-train",
        "--network",
        "lifter",
        "--out",
        str(tmp_path),
        "--batch",
        "8",
        "--half",
        "off",
        "--quiet",
    ]
    assert main([*command, "--steps", "3", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["network"] == "lifter"
    assert (tmp_path / "lifter.json").is_file()
    assert main([*command, "--steps", "3"]) == 2  # what is there is not overwritten
    assert "--force" in capsys.readouterr().err
    assert main([*command, "--steps", "3", "--force", "--resume"]) == 2  # nothing to go on from
    assert "no checkpoint" in capsys.readouterr().err
    assert main([*command, "--steps", "0"]) == 2


def test_fine_tuning_starts_from_other_weights(people, trained, tmp_path) -> None:
    folder, _ = trained
    changed = _values("finder", people, start=str(folder), learning_rate=1e-6)
    train(changed, folder=tmp_path)
    one, _ = weights.load_from(folder / "finder.json")
    two, _ = weights.load_from(tmp_path / "finder.json")
    for key, value in one.state_dict().items():
        assert np.allclose(value, two.state_dict()[key], atol=2e-3)
