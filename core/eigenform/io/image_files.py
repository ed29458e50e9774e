"""Pictures: PNG, JPEG, BMP and TIFF in, PNG and JPEG out, and an ``.npz`` that keeps marks and all digits."""

from __future__ import annotations

import io
import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.io.jsontext import dumps
from eigenform.io.sentences import brief
from eigenform.types import Image

EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
"""Suffixes that are read."""

FORMATS: tuple[tuple[str, str, str], ...] = (
    ("png", ".png", "PNG, what is missing transparent"),
    ("jpeg", ".jpg", "JPEG"),
    ("npz", ".npz", "NumPy arrays with mask and regions"),
)
"""``(format, suffix, title)`` of what is written."""

MOST_PIXELS = 80_000_000
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*")
_GIF = (b"GIF87a", b"GIF89a")
_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc")
_TRUNCATED = "image file is truncated"


def is_image(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins like a picture."""
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except OSError:
        return False
    if head.startswith(b"BM"):  # two letters that text may begin with: a bitmap states its length
        return int.from_bytes(head[2:6], "little") == os.path.getsize(path) or Path(path).suffix.lower() == ".bmp"
    return head.startswith((*_MAGIC, *_GIF)) or head[4:12] in _HEIC


def read_image(path: str | os.PathLike[str]) -> Image:
    """A picture as values in [0, 1], turned as its camera says; pixels less than half opaque are missing.

    Raises
    ------
    InputError
        Where the file is missing, damaged, no picture, or larger than :data:`MOST_PIXELS`.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    if path.suffix.lower() == ".npz":
        from eigenform.io.basis_npz import load_npz

        return image_of_arrays(load_npz(path), str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    values = _decoded(data, path)
    mask = None
    if values.shape[2] in (2, 4):
        missing = values[:, :, -1] < 0.5
        mask, values = (missing if missing.any() else None), values[:, :, :-1]
    return Image(values, mask=mask, name=path.stem, meta={"source": str(path.absolute())})


def write_image(
    image: Image, path: str | os.PathLike[str], format: str | None = None, *, mask_as_alpha: bool = True
) -> None:
    """Write a picture, atomically.

    Parameters
    ----------
    image : Image
    path : path
    format : str, optional
        ``png``, ``jpeg`` or ``npz``; the suffix of ``path`` decides where it is left out.
    mask_as_alpha : bool
        Make what is missing transparent in a PNG; a JPEG has no transparency and shows the pixels as they are.

    Raises
    ------
    InputError
        For another format, or a place that cannot be written to.
    """
    from PIL import Image as Pillow

    name = format or {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".npz": "npz"}.get(Path(path).suffix.lower())
    if name not in {f for f, _, _ in FORMATS}:
        raise InputError(f"Cannot write a picture to {path}: .png, .jpg or .npz would work.")
    if name == "npz":
        arrays, plain = image_arrays(image)
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, image=np.array(dumps({"type": "Image", **plain})), **arrays)  # type: ignore[arg-type]
        return
    values = np.rint(np.clip(image.pixels, 0.0, 1.0) * 255.0).astype(np.uint8)
    if name == "png" and mask_as_alpha and image.mask is not None:
        values = np.concatenate([values, np.where(image.mask, 0, 255).astype(np.uint8)[:, :, None]], axis=2)
    picture = Pillow.fromarray(values[:, :, 0] if values.shape[2] == 1 else values)
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        if name == "png":
            picture.save(file, "PNG")
        else:
            picture.save(file, "JPEG", quality=95, subsampling=0)


def image_arrays(image: Image) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays of a picture by name, and the rest as JSON can hold it."""
    found = {n: a for n in ("pixels", "mask", "regions") if (a := getattr(image, n)) is not None}
    return found, {"name": image.name, "meta": dict(image.meta)}


def image_of_arrays(arrays: dict[str, np.ndarray], where: str) -> Image:
    """The picture in the arrays of an ``.npz`` file, or :class:`InputError`."""
    if "pixels" not in arrays:
        raise InputError(f"{where} is not a file of a picture: it holds {', '.join(sorted(arrays)[:8]) or 'nothing'}.")
    try:
        plain = json.loads(str(arrays["image"])) if "image" in arrays else {}
        marks = {n: arrays[n] for n in ("mask", "regions") if n in arrays}
        return Image(arrays["pixels"], **marks, meta=dict(plain.get("meta", {})), name=str(plain.get("name", "image")))
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{where} does not hold a whole picture: {brief(error)}.") from error


def _decoded(data: bytes, path: Path) -> np.ndarray:
    """(H, W, 1 to 4) float32 in [0, 1]: grey, grey and alpha, colour, colour and alpha."""
    from PIL import Image as Pillow
    from PIL import ImageOps

    if data.startswith(_GIF):
        raise InputError(f"{path} is a GIF, which may hold many pictures; one of them saved as PNG would work.")
    if data[4:12] in _HEIC:
        raise InputError(f"{path} is a HEIC photograph, which is not read here; the same saved as JPEG would work.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow says of odd tags of a picture that it can read
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(io.BytesIO(data)) as opened:
                must_fit(opened.size, path)
                if _deep(data, opened):
                    return _sixteen_bits(data, path)
                opened.load()
                return picture_values(ImageOps.exif_transpose(opened))
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError):
        raise InputError(
            f"{path} has more than {MOST_PIXELS // 10**6} million pixels; make it smaller first."
        ) from None
    except Pillow.UnidentifiedImageError:
        if data.startswith(_MAGIC[3:]):  # colour of 16 bits in a TIFF, which Pillow has no mode for
            return _sixteen_bits(data, path)
        raise InputError(f"{path} is damaged or no picture; PNG, JPEG, BMP and TIFF would work.") from None
    except InputError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, MemoryError) as error:
        raise InputError(f"{path} is damaged or cut short ({brief(error)}).") from error


def must_fit(size: tuple[int, int], path: Path) -> None:
    """Refuse a picture of ``size`` (width, height) that is too large for a person or this machine."""
    from eigenform.memory import available

    width, height = size
    if width * height > MOST_PIXELS or width * height * 40 > available():
        most = min(MOST_PIXELS, available() // 40) / 1e6
        raise InputError(
            f"{path} has {width} x {height} pixels; at most {most:.0f} million fit here: make it smaller first."
        )


def picture_values(picture: Any) -> np.ndarray:
    """Values of a Pillow picture by its mode."""
    if picture.mode.startswith("I;16"):
        return np.asarray(picture, dtype=np.float32)[:, :, None] / np.float32(65535)
    if picture.mode in ("I", "F"):  # numbers without a range: 16 bits where they look like it, else their own
        numbers = np.asarray(picture, dtype=np.float64)
        low, high = (0.0, 65535.0) if 1.0 < numbers.max() <= 65535 and numbers.min() >= 0 else (0.0, 1.0)
        if numbers.min() < 0 or numbers.max() > 65535:
            low, high = float(numbers.min()), float(numbers.max())
        return ((numbers - low) / ((high - low) or 1.0)).astype(np.float32)[:, :, None]
    clear = "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA", "RGBa", "La")
    grey = picture.mode in ("1", "L", "LA", "La")
    picture = picture.convert(("LA" if grey else "RGBA") if clear else ("L" if grey else "RGB"))
    values = np.asarray(picture, dtype=np.float32) / np.float32(255)
    return values[:, :, None] if values.ndim == 2 else values


def _deep(data: bytes, opened: Any) -> bool:
    """Whether this is a PNG or TIFF with 16 bits and more than one channel, of which Pillow keeps only 8."""
    bits = getattr(opened, "tag_v2", {}).get(258, ())  # BitsPerSample
    if isinstance(bits, tuple) and len(bits) > 1 and max(bits) == 16:
        return True
    return data.startswith(_MAGIC[0]) and data[24:25] == b"\x10" and data[25:26] != b"\0"


def _sixteen_bits(data: bytes, path: Path) -> np.ndarray:
    import cv2

    cv2.utils.logging.setLogLevel(
        cv2.utils.logging.LOG_LEVEL_SILENT
    )  # it would write to the terminal what the sentence below says
    found = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None:
        raise InputError(f"{path} is damaged or no picture that can be read; an 8-bit PNG would work.")
    must_fit((found.shape[1], found.shape[0]), path)
    if found.ndim == 2:
        found = found[:, :, None]
    if found.shape[2] >= 3:  # OpenCV keeps blue first
        found = found[:, :, [2, 1, 0, *range(3, found.shape[2])]]
    values = found.astype(np.float32)
    whole = {"u1": 255.0, "u2": 65535.0}.get(found.dtype.str[1:])
    return np.clip(np.nan_to_num(values if whole is None else values / np.float32(whole)), 0.0, 1.0)
