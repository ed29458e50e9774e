"""Where trained networks are, and what is known of each: safetensors and a model card, checked by hash.

Shipped networks lie in the wheel's ``eigenform/weights`` or, in a checkout, in ``assets/weights``. A person's own stand
before them: in the folder ``weights`` of the user's data folder, or wherever ``EIGENFORM_WEIGHTS`` points.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path

NAMES = ("finder", "lifter", "clother", "occupancy", "icon7")
CARD_FORMAT = 1


def shipped_folder() -> Path:
    """The folder of the networks that come with the program."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "weights"
    return inside if inside.is_dir() else package.parents[1] / "assets" / "weights"


def own_folder() -> Path:
    """The folder of networks that a person trained; it need not exist."""
    if chosen := os.environ.get("EIGENFORM_WEIGHTS"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("eigenform", appauthor=False)) / "weights"


def find(name: str) -> Path | None:
    """The card of a network: a person's own before the shipped one; None where there is neither."""
    if name not in NAMES:
        raise InputError(f"There is no network {name!r}; there are {', '.join(NAMES)}.")
    for folder in (own_folder(), shipped_folder()):
        if (card := folder / f"{name}.json").is_file():
            return card
    return None


def need(name: str) -> Path:
    """As :func:`find`, or one sentence on what to do without the network.

    Raises
    ------
    InputError
    """
    card = find(name)
    if card is None:
        raise InputError(f"No weights of the network {name!r} are installed; {_WITHOUT[name]}")
    return card


_WITHOUT = {
    "finder": "train it with 'eigenform avatar-train --network finder', or give a mask and keypoints by hand.",
    "lifter": "train it with 'eigenform avatar-train --network lifter', or start the fit from the mean pose.",
    "clother": "train it with 'eigenform avatar-train --network clother', or give normal maps.",
    "occupancy": "train it with 'eigenform avatar-train --network occupancy', or take the depth route.",
    "icon7": "train it with 'eigenform avatar-train --network icon7', or take another route.",
}


def read_card(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The model card at ``path``.

    Raises
    ------
    InputError
        Where it is missing, not a card, or newer than this program.
    """
    try:
        card = json.loads(Path(path).read_text(encoding="utf-8"))
        known = int(card["format"]) <= CARD_FORMAT and card["network"] in NAMES and card["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a model card of Eigenform.") from error
    if not known:
        raise InputError(f"{path} was written by a newer Eigenform; update this one to use the network.")
    return dict(card)


def read_tensors(card_path: Path, card: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The tensors that belong to a card, in single precision.

    Raises
    ------
    InputError
        Where the file is missing, or is not the one that the card was written for.
    """
    from safetensors.numpy import load

    path = card_path.with_suffix(".safetensors")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read; its model card {card_path.name} needs it.") from error
    if hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise InputError(f"{path} is not the file that {card_path.name} was written for: its hash differs.")
    try:
        return {name: np.asarray(value, np.float32) for name, value in load(data).items()}
    except Exception as error:  # whatever the parser of a damaged file says
        raise InputError(f"{path} is not a safetensors file ({error}).") from error


def write(folder: Path, name: str, tensors: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> Path:
    """Write tensors in half precision and their card, each atomically; returns the path of the card."""
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    data = save({key: np.ascontiguousarray(value, dtype=np.float16) for key, value in tensors.items()})
    full = {"format": CARD_FORMAT, "network": name, **card, "sha256": hashlib.sha256(data).hexdigest()}
    with atomic_path(folder / f"{name}.safetensors") as temporary:
        temporary.write_bytes(data)
    with atomic_path(folder / f"{name}.json") as temporary:
        temporary.write_text(json.dumps(full, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder / f"{name}.json"


def load(name: str, device: str = "cpu") -> tuple[Any, dict[str, Any]]:
    """A trained network ready to use, and its card.

    Parameters
    ----------
    name : str
        One of :data:`NAMES`.
    device : str
        A torch device.

    Raises
    ------
    InputError
        Where it is not installed, or its files are damaged or do not fit each other.
    """
    path = need(name)
    return _loaded(path, path.stat().st_mtime_ns, device)


@functools.lru_cache(maxsize=8)
def _loaded(path: Path, changed: int, device: str) -> tuple[Any, dict[str, Any]]:
    network, card = load_from(path)
    return network.to(device), card


def load_from(path: Path) -> tuple[Any, dict[str, Any]]:
    """As :func:`load`, from the card at ``path``."""
    import torch

    from eigenform.avatar.networks.build import build

    card = read_card(path)
    network = build(card["network"], card.get("architecture", {}))
    tensors = {key: torch.from_numpy(value) for key, value in read_tensors(path, card).items()}
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise InputError(f"{path.with_suffix('.safetensors')} does not hold a network {card['network']!r}.") from error
    return network.eval(), card
