"""Names of bones as words, grouped by limb."""

from __future__ import annotations

import re
from collections.abc import Sequence

GROUPS = ("Trunk", "Head", "Left arm", "Right arm", "Left hand", "Right hand", "Left leg", "Right leg", "Face")
_PARTS = (
    (
        "Face",
        r"jaw|eye|brow|lid|lip|oris|tongue|levator|risorius|orbicularis|oculi|special|temporalis|teeth|cheek|nose",
    ),
    ("hand", r"finger|thumb|metacarpal|index|middle|ring|pinky|palm"),
    ("arm", r"shoulder|clavicle|collar|arm|wrist|hand|elbow"),
    ("leg", r"leg|thigh|calf|knee|foot|ankle|toe|hip(?!s)|pelvis\.[lr]|pelvis_[lr]|ball"),
    ("Head", r"neck|head"),
)


def side_of(name: str) -> str:
    """``Left``, ``Right`` or "" for a bone in the middle."""
    low = name.lower()
    if re.search(r"(^|[._\- ])(l|left)([._\- \d]|$)|left", low):
        return "Left"
    if re.search(r"(^|[._\- ])(r|right)([._\- \d]|$)|right", low):
        return "Right"
    return ""


def limb_of(name: str) -> str:
    """The group of :data:`GROUPS` that a bone belongs to."""
    low, side = name.lower(), side_of(name)
    for part, pattern in _PARTS:
        if re.search(pattern, low):
            return part if part[0].isupper() else (f"{side} {part}" if side else "Trunk")
    return "Trunk"


KNOWN = {
    "root": "whole body", "spine05": "lower spine", "spine03": "middle spine", "spine01": "upper spine",
    "neck01": "neck", "clavicle": "shoulder", "upperarm01": "upper arm", "lowerarm01": "forearm",
    "lowerarm02": "wrist turn", "wrist": "hand", "upperleg01": "thigh", "lowerleg01": "shin",
}  # fmt: skip
"""Plain words for the bones that are turned most; the others are called by their names."""


def words_of(name: str) -> str:
    """``upperarm01.L`` as ``Left upper arm``, ``toe2-1.L`` as ``Left toe 2 1``."""
    side = side_of(name)
    if known := KNOWN.get(name.removesuffix(".L").removesuffix(".R")):
        words = f"{side} {known}".strip().lower()
        return words[:1].upper() + words[1:]
    low = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()
    low = re.sub(r"(^|[._\- ])(l|r|left|right)(?=[._\- \d]|$)", " ", low)
    low = re.sub(r"^(left|right) ?", "", low.strip())
    low = re.sub(r"\b(upper|lower)(arm|leg)", r"\1 \2", low)
    low = re.sub(r"[._\-]+", " ", low)
    low = re.sub(r"(?<=[a-z])0*(\d+)", r" \1", low)
    low = re.sub(r"\b0+(\d)", r"\1", low)
    words = re.sub(r"\s+", " ", f"{side} {low}").strip().lower()
    return words[:1].upper() + words[1:]


def grouped(names: Sequence[str]) -> dict[str, list[int]]:
    """Indices of bones by limb, in the order of :data:`GROUPS`; empty groups are left out."""
    found: dict[str, list[int]] = {group: [] for group in GROUPS}
    for n, name in enumerate(names):
        found[limb_of(name)].append(n)
    return {group: rows for group, rows in found.items() if rows}
