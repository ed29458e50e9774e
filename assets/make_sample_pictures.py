"""Draw the pictures of the samples on the welcome page: ``python assets/make_sample_pictures.py`` (needs a display).

Each shows one eigenmode of the sample as the viewport draws it, on a transparent background. They are written to
``app/eigenform_app/resources/samples`` and shipped in the wheel.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from eigenform.io.samples import NAMES, make_sample
from eigenform.jobs import run
from eigenform.params import make, params_of
from eigenform.registry import get
from eigenform.types import Shape
from eigenform_app.display import DisplayOptions
from eigenform_app.main import prepare
from eigenform_app.viewport.colours import table
from eigenform_app.viewport.grab import write
from eigenform_app.viewport.viewport import Viewport
from PySide6.QtCore import QCoreApplication

TARGET = Path(__file__).parents[1] / "app" / "eigenform_app" / "resources" / "samples"
SIDE = 240
MODE = {
    "sphere": 9,
    "torus": 7,
    "knot": 8,
    "ellipsoid": 7,
    "creature": 6,
    "dumbbell": 6,
    "sheet": 8,
    "two-component": 6,
    "high-genus": 6,
    "swiss-roll": 4,
    "flat-torus": 2,
    "digits": 2,
    "body": 4,
}


def modes_of(shape: Shape):
    """A reference basis of a shape with a dozen modes."""
    method = get("classical" if shape.kind == "mesh" else "probes")
    known = {p.name for p in params_of(method.params_class())}
    values = {k: v for k, v in {"modes": 12, "samples": 1500}.items() if k in known}
    return run(method, [shape], make(method.params_class(), values))


def montage(shape: Shape, per_side: int = 5) -> np.ndarray:
    """(SIDE, SIDE, 4) uint8: some of the images of a set, in the colours of a diverging map."""
    assert shape.images is not None
    h, w = shape.images.shape[1:]
    cell = SIDE // per_side
    out = np.zeros((SIDE, SIDE, 4), np.uint8)
    colours = (table("blue-red") * 255).astype(np.uint8)
    for n in range(per_side**2):
        rows = np.arange(cell - 8) * h // (cell - 8)
        ink = shape.images[n][rows][:, np.arange(cell - 8) * w // (cell - 8)]
        tint = colours[40] if (n * 7) % 5 < 3 else colours[215]
        y, x = (n // per_side) * cell + 4, (n % per_side) * cell + 4
        out[y : y + cell - 8, x : x + cell - 8, :3] = tint
        out[y : y + cell - 8, x : x + cell - 8, 3] = np.clip(ink / ink.max() * 255, 0, 255)
    return out


def dancer() -> Shape:
    """The skin of a body that waves, turned so that y points up."""
    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.body.make import make_body
    from eigenform.avatar.body.poses import pose_vectors

    model = load_body("anny")
    body = make_body({"age": 0.67, "gender": 0.6}, pose_vectors("dancing", model.bones), model=model)
    place = np.cumsum(model.trunk) - 1
    faces = place[body.faces[model.trunk[body.faces].all(axis=1)]]
    x, y, z = body.verts[model.trunk].T
    return Shape(np.stack([x, z, -y], axis=1), faces, name="body")


def photograph() -> None:
    """The photograph of a made person, and its card."""
    from eigenform.avatar.synthetic.sample import make_sample as make_person
    from PIL import Image, ImageDraw

    picture = Image.fromarray(make_person(7, "trousers", size=512)["rgb"])
    picture.save(TARGET / "photograph.jpg", quality=92)
    part = picture.crop((112, 30, 512, 430)).resize((SIDE - 16, SIDE - 16), Image.Resampling.LANCZOS)
    corners = Image.new("L", (4 * part.width, 4 * part.height), 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, corners.width - 1, corners.height - 1), radius=72, fill=255)
    card = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    card.paste(part, (8, 8), corners.resize(part.size, Image.Resampling.LANCZOS))
    card.save(TARGET / "photograph.png", optimize=True)


def filling(pixels: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE, 4) uint8: what is drawn in a transparent picture, as large as it may be."""
    from PIL import Image

    rows, columns = (np.flatnonzero(pixels[:, :, 3].any(axis=axis)) for axis in (1, 0))
    half = max(np.ptp(rows), np.ptp(columns)) // 2 + 12
    middle = (rows[0] + rows[-1]) // 2 + half, (columns[0] + columns[-1]) // 2 + half
    padded = np.pad(pixels, ((half, half), (half, half), (0, 0)))
    part = padded[middle[0] - half : middle[0] + half, middle[1] - half : middle[1] + half]
    return np.asarray(Image.fromarray(part).resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def main() -> int:
    """Draw them all, or those named on the command line."""
    application = prepare(["pictures"])
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or [*NAMES, "body", "photograph"]:
        if name == "photograph":
            photograph()
            continue
        shape = dancer() if name == "body" else make_sample(name)
        if shape.images is not None:
            write(montage(shape), TARGET / f"{name}.png")
            continue
        viewport = Viewport(dark=False)
        viewport.resize(SIDE, SIDE)
        viewport.show()
        basis = modes_of(shape)
        options = DisplayOptions(scalar_bar=False, nodal_lines=False, point_size=1.6)
        viewport.set_item("sample", basis, options)
        viewport.set_mode("sample", MODE[name])
        QCoreApplication.processEvents()
        viewport.reset_camera()  # the window manager may have given it its size only now
        if name == "body":  # slim: it may have the room that the viewport keeps for a colour bar
            write(
                filling(viewport.grab_array((3 * SIDE, 3 * SIDE), transparent=True, notes=False)), TARGET / "body.png"
            )
        else:
            write(viewport.grab_array((SIDE, SIDE), transparent=True, notes=False), TARGET / f"{name}.png")
        viewport.close()
        print(name)
    application.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
