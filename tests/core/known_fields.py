"""Fields with known answers, for tests."""

import numpy as np
from eigenform.implicit.assemble import assemble
from eigenform.types import ImplicitSurface


def primitive(solid: str, centre=(0.0, 0.0, 0.0), scale: float = 1.0, resolution: int = 24, **sizes) -> ImplicitSurface:
    """A solid about ``centre``; sizes in its frame, the box 1.2 of its scale."""
    spec = {"kind": "primitive", "centre": [float(c) for c in centre], "scale": scale, "solid": solid, **sizes}
    middle = np.array(centre, dtype=float)
    box = np.stack([middle - 0.6 * scale, middle + 0.6 * scale])
    return assemble(spec, {}, box, name=solid, resolution=resolution)


class FunctionField:
    """A field given by a function, without a declared slope; counts what it is asked."""

    def __init__(self, function) -> None:
        self.function, self.asked = function, 0

    def values(self, points):
        self.asked += len(points)
        return self.function(points)


def canonical(faces: np.ndarray) -> np.ndarray:
    """Faces turned to begin with their smallest vertex, in order."""
    first = np.argmin(faces, axis=1)
    turned = np.stack([faces[np.arange(len(faces)), (first + i) % 3] for i in range(3)], axis=1)
    return turned[np.lexsort(turned.T[::-1])]
