"""Build a pose from what one sees: where limbs point, how the spine bends, how feet stand.

Between the reference pose and a pose, bone ``c`` turns by ``Q_c = Q_p D_c`` in the world; here the ``Q_c`` are chosen
and the ``D_c`` follow. Directions are in the world, of a figure that faces -Y with its left at +X.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

Vector = Sequence[float] | np.ndarray

THIGH = np.array([0.084, -0.082, -0.993])
SHIN = np.array([0.105, 0.09, -0.99])
UPPER_ARM = np.array([0.66, -0.02, -0.75])
FOREARM = np.array([0.51, -0.69, -0.51])
"""Directions of the left limbs at the reference pose; they hold for all shapes to a few degrees."""


def unit(vector: Vector) -> np.ndarray:
    """A vector of length 1."""
    array = np.asarray(vector, dtype=np.float64)
    return array / np.linalg.norm(array)


def turn(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Rotation:
    """Turn about x, then y, then z (axes of the world), degrees."""
    return Rotation.from_euler("xyz", [x, y, z], degrees=True)


class PoseBuilder:
    """Collects rotations; :meth:`vectors` gives axis-angle vectors by the name of the bone.

    Parameters
    ----------
    root : Rotation, optional
        How the pelvis stands.
    """

    def __init__(self, root: Rotation | None = None) -> None:
        self._world: dict[str, Rotation] = {"root": root or Rotation.identity()}
        self._local: dict[str, Rotation] = {"root": self._world["root"]}

    def spine(self, bend: float = 0.0, lean: float = 0.0, twist: float = 0.0) -> PoseBuilder:
        """Spread over three bones: forward bend, lean to the right, twist to the left; degrees."""
        share = turn(bend / 3, lean / 3, twist / 3)
        world = self._world["root"]
        for bone in ("spine05", "spine03", "spine01"):
            self._local[bone] = share
            world = world * share
        self._world["chest"] = world
        return self

    def head(self, nod: float = 0.0, lean: float = 0.0, twist: float = 0.0) -> PoseBuilder:
        """Neck and head, half each, relative to the chest; degrees."""
        half = turn(nod / 2, lean / 2, twist / 2)
        self._local["neck01"] = self._local["head"] = half
        return self

    def arm(
        self, side: str, upper: Vector, lower: Vector, hinge: Vector | None = None, shrug: float = 0.0,
        pronate: float = 0.0, hand: Rotation | None = None,
    ) -> PoseBuilder:  # fmt: skip
        """An arm by the directions of upper arm and forearm.

        Parameters
        ----------
        side : str
            ``L`` or ``R``.
        upper, lower : 3-vectors
        hinge : 3-vector, optional
            About which the elbow bends, right-handed; needed where the arm is straight.
        shrug : float
            How far the shoulder goes up, degrees.
        pronate : float
            Turns the hand about the forearm, thumb inward, degrees.
        hand : Rotation, optional
            Of the hand against the forearm, said for the left.
        """
        sign = 1.0 if side == "L" else -1.0
        shoulder = turn(y=-sign * shrug)
        self._local[f"clavicle.{side}"] = shoulder
        parent = self._world["chest"] * shoulder
        self._limb(
            (f"upperarm01.{side}", f"lowerarm01.{side}"), parent, (UPPER_ARM, FOREARM), sign, upper, lower, hinge
        )
        axis = _mirrored(FOREARM, sign)
        self._local[f"lowerarm02.{side}"] = Rotation.from_rotvec(np.radians(sign * pronate) * unit(axis))
        if hand is not None:
            self._local[f"wrist.{side}"] = hand if side == "L" else _mirror(hand)
        return self

    def leg(
        self, side: str, thigh: Vector, shin: Vector, foot: Rotation | None = None, hinge: Vector | None = None
    ) -> PoseBuilder:
        """A leg by the directions of thigh and shin, and how the foot stands in the world (flat, ahead, by default)."""
        sign = 1.0 if side == "L" else -1.0
        names = (f"upperleg01.{side}", f"lowerleg01.{side}")
        hinge = self._world["root"].apply([1.0, 0.0, 0.0]) if hinge is None else hinge
        shin_world = self._limb(names, self._world["root"], (THIGH, SHIN), sign, thigh, shin, hinge)
        wanted = foot if foot is not None else turn(z=np.degrees(_heading(self._world["root"])))
        self._local[f"foot.{side}"] = shin_world.inv() * wanted
        return self

    def vectors(self) -> dict[str, np.ndarray]:
        """Axis-angle vectors, radians, local-ref, by bone."""
        return {name: rotation.as_rotvec() for name, rotation in self._local.items()}

    def _limb(
        self, names: tuple[str, str], parent: Rotation, reference: tuple[np.ndarray, np.ndarray], sign: float,
        upper: Vector, lower: Vector, hinge: Vector | None,
    ) -> Rotation:  # fmt: skip
        """Turn a limb of two parts; returns the turn of its lower part in the world."""
        first, second = (unit(_mirrored(v, sign)) for v in reference)
        above, below = unit(upper), unit(lower)
        hinge_before = np.cross(first, second)
        bent = np.cross(above, below)
        if hinge is not None:
            guide = np.asarray(hinge, dtype=np.float64)
            bent = bent if np.linalg.norm(bent) > 0.25 and bent @ guide > 0 else guide - (guide @ above) * above
        world = _frame(above, bent) * _frame(first, hinge_before).inv()
        axis = unit(hinge_before)
        more = _angle(above, below, bent) - _angle(first, second, hinge_before)
        flex = Rotation.from_rotvec(more * axis)
        self._local[names[0]] = parent.inv() * world
        self._local[names[1]] = flex
        return world * flex


def _frame(along: np.ndarray, normal: np.ndarray) -> Rotation:
    """The rotation whose columns are ``along``, the part of ``normal`` across it, and their cross product."""
    across = unit(normal - (normal @ along) * along)
    return Rotation.from_matrix(np.stack([along, across, np.cross(along, across)], 1))


def _angle(a: np.ndarray, b: np.ndarray, normal: np.ndarray) -> float:
    """From ``a`` to ``b`` about ``normal``, radians."""
    return float(np.arctan2(np.cross(a, b) @ unit(normal), a @ b))


def _heading(rotation: Rotation) -> float:
    """How far a rotation turns the facing about z, radians."""
    x, y, _ = rotation.apply([0.0, -1.0, 0.0])
    return float(np.arctan2(x, -y))


def _mirrored(vector: Vector, sign: float) -> np.ndarray:
    return np.asarray(vector, dtype=np.float64) * np.array([sign, 1.0, 1.0])


def _mirror(rotation: Rotation) -> Rotation:
    return Rotation.from_rotvec(rotation.as_rotvec() * np.array([1.0, -1.0, -1.0]))
