"""Lines of a script that find, correct and fit a person again, from what the provenance of the item says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Dict = Callable[[Mapping[str, Any]], str]


def joined_lines(provenance: Mapping[str, Any], name: str, inputs: list[str], as_dict: Dict) -> list[str]:
    """Find one person in several pictures, then join the views."""
    made = [
        f"method = registry.get({provenance['method']!r})",
        f"values = params.make(method.params_class(), {as_dict(provenance.get('params', {}))})",
        f"{name} = jobs.run(method, [{inputs[0]}], values)",
    ]
    return made + _join(provenance, name, inputs[1:], as_dict)


def _join(record: Mapping[str, Any], name: str, inputs: list[str], as_dict: Dict) -> list[str]:
    """Find a person who is there already in further pictures."""
    made = [
        f"method = registry.get({record['method']!r})",
        f"values = params.make(method.params_class(), {as_dict(record.get('params', {}))})",
        f"join = registry.get({record['joined']!r})",
    ]
    for other in inputs:
        found = f"jobs.run(method, [{other}], values)"
        made.append(f"{name} = jobs.run(join, [{name}, {found}], params.make(join.params_class(), {{}}))")
    return made


def step_lines(
    provenance: Mapping[str, Any], name: str, names: Mapping[str, str], imports: set[str], as_dict: Dict
) -> list[str]:
    """What was done with a person after it was found, in order; ``names`` are the variables of all items."""
    made: list[str] = []
    for record in provenance.get("steps", ()):
        n = int(record.get("view", 0))
        if record.get("hand") == "depth":
            imports.add("from eigenform.avatar.fit.flip import flip_depth")
            made.append(f"{name} = flip_depth({name}, {n}, {record['limb']!r})")
        elif "keypoints" in record:
            imports |= {"import numpy as np", "from eigenform.avatar.photo.editing import with_view"}
            made.append(f"points = np.array({record['keypoints']!r})")
            made.append(f"{name} = with_view({name}, {n}, {name}.views[{n}].replace(keypoints=points))")
        elif "mask" in record:
            imports |= {"import numpy as np", "from eigenform.avatar.photo.editing import set_mask"}
            h, w = record["shape"]
            made.append(f"bits = np.unpackbits(unpacked({record['mask']!r}, 'uint8', (-1,)))")
            made.append(f"{name} = set_mask({name}, {n}, bits[: {h * w}].reshape({h}, {w}).astype(bool))")
        elif "joined" in record:
            made += _join(record, name, [names.get(i, "None") for i in record["inputs"]], as_dict)
        elif "method" in record:
            made += _run(record, name, imports, as_dict)
    return made


def _run(record: Mapping[str, Any], name: str, imports: set[str], as_dict: Dict) -> list[str]:
    made = [
        f"method = registry.get({record['method']!r})",
        f"values = params.make(method.params_class(), {as_dict(record.get('params', {}))})",
    ]
    if "view" not in record:
        return [*made, f"{name} = jobs.run(method, [{name}], values)"]
    imports |= {"from eigenform.avatar.photo.editing import with_view", "from eigenform.types import Image"}
    n = int(record["view"])
    return [
        *made,
        f"found = jobs.run(method, [Image({name}.views[{n}].pixels / 255)], values)",
        f"{name} = with_view({name}, {n}, found.views[0])",
    ]
