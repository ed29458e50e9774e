"""Training a network of the avatar pillar, from data to weights with a model card: what window and command line run."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from eigenform import device as devices
from eigenform.avatar.networks import weights
from eigenform.avatar.networks.build import build
from eigenform.avatar.networks.settings import TrainParams
from eigenform.avatar.networks.training import Task, Training
from eigenform.jobs import JobContext
from eigenform.method import load


@dataclass(frozen=True)
class Trained:
    """Where the weights of a finished training are, and their card."""

    card_path: Path
    card: dict[str, Any]


TASKS = {
    "finder": "eigenform.avatar.networks.learn_finder:FinderTask",
    "lifter": "eigenform.avatar.networks.learn_lifter:LifterTask",
    "clother": "eigenform.avatar.networks.learn_clother:ClotherTask",
    "occupancy": "eigenform.avatar.networks.learn_occupancy:OccupancyTask",
    "icon7": "eigenform.avatar.networks.learn_occupancy:OccupancyTask",
}


def train(params: TrainParams, ctx: JobContext | None = None, folder: Path | None = None) -> Trained:
    """Train one network and write its weights and card.

    Parameters
    ----------
    params : TrainParams
    ctx : JobContext, optional
        Progress, pause, cancel, checkpoints.
    folder : path, optional
        Where the weights go; by default the person's own folder, where they stand before the shipped ones.

    Raises
    ------
    InputError
        For data that cannot be used, or a checkpoint of another training.
    """
    ctx = ctx or JobContext()
    device = devices.choose(params.device)
    make: Callable[[TrainParams], Task] = load(TASKS[params.network])
    task = make(params)
    task.prepare(ctx)
    torch.manual_seed(params.seed)
    network = build(params.network, task.architecture)
    earlier: dict[str, Any] = {}
    if params.start:
        before, earlier = weights.load_from(Path(params.start) / f"{params.network}.json")
        network.load_state_dict(before.state_dict())
    elif ctx.restored is None:
        task.initialise(network)
    training = Training(task, network, params, device, ctx)
    kept = training.run()
    tensors = {key: value.float().cpu().numpy() for key, value in kept.state_dict().items()}
    card = {
        "architecture": task.architecture,
        "parameters": sum(p.numel() for p in kept.parameters()),
        "data": task.card(),
        "training": {**_without_paths(params), "steps": training.step, "seconds": round(training.seconds)},
        "device": devices.describe(device),
        "curve": training.curve,
        "date": datetime.date.today().isoformat(),
        "scores": {},
    }
    if earlier:
        card["before"] = {key: earlier.get(key) for key in ("data", "training", "device", "curve", "before")}
    path = weights.write(folder or weights.own_folder(), params.network, tensors, card)
    return Trained(path, weights.read_card(path))


def _without_paths(params: TrainParams) -> dict[str, Any]:
    """What a card may say of the parameters: where files lay on the machine is nobody's business."""
    return {name: value for name, value in asdict(params).items() if name not in ("data", "scans", "start")}
