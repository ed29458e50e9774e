"""Writers of films: GIF by Pillow, MP4 by an ffmpeg on the PATH. They know arrays, no Qt."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path


@dataclass(frozen=True)
class Film:
    """What a film looks like: ``size`` in pixels, ``seconds`` of one loop, frames a second, background left out."""

    size: tuple[int, int] = (960, 720)
    seconds: float = 4.0
    fps: int = 25
    transparent: bool = False

    @property
    def frames(self) -> int:
        """How many frames one loop has."""
        return max(2, round(self.seconds * self.fps))


def mp4_reason() -> str | None:
    """Why MP4 cannot be written here, in a sentence; None where it can."""
    if shutil.which("ffmpeg") is None:
        return "MP4 needs the program ffmpeg on the PATH; GIF works without it."
    return None


def write_gif(frames: Iterator[np.ndarray], film: Film, path: Path) -> None:
    """Write frames as an endless GIF, atomically. The palette is that of the first frame."""
    from PIL import Image

    images: list[Any] = []
    palette: Any = None
    for frame in frames:
        image = Image.fromarray(np.ascontiguousarray(frame[:, :, :3]))
        if palette is None:
            palette = image.quantize(colors=255, method=Image.Quantize.MEDIANCUT)
        small = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
        if film.transparent:
            indices = np.array(small)
            indices[frame[:, :, 3] < 128] = 255
            colours = (small.getpalette() or [])[: 3 * 255]
            small = Image.fromarray(indices, mode="P")
            small.putpalette(colours + [0] * (768 - len(colours)))
        images.append(small)
    if not images:
        raise InputError("there are no frames")
    extra: dict[str, Any] = {"transparency": 255, "disposal": 2} if film.transparent else {}
    with atomic_path(path) as temporary:
        images[0].save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=images[1:],
            duration=round(1000 / film.fps),
            loop=0,
            optimize=False,
            **extra,
        )


def write_mp4(frames: Iterator[np.ndarray], film: Film, path: Path) -> None:
    """Pipe frames through ffmpeg (H.264, yuv420p, sides rounded down to even), atomically."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise InputError(mp4_reason() or "")
    with atomic_path(path) as temporary:
        process: subprocess.Popen[bytes] | None = None
        try:
            for frame in frames:
                rgb = np.ascontiguousarray(frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2, :3])
                if process is None:
                    command = _ffmpeg_command(ffmpeg, rgb.shape[1], rgb.shape[0], film.fps, temporary)
                    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
                assert process.stdin is not None
                process.stdin.write(rgb.tobytes())
            if process is None:
                raise InputError("there are no frames")
            _, said = process.communicate()
            if process.returncode:
                raise InputError(f"ffmpeg said: {_last_line(said)}")
        except BrokenPipeError:
            assert process is not None
            _, said = process.communicate()
            raise InputError(f"ffmpeg stopped: {_last_line(said)}") from None
        finally:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()


def _ffmpeg_command(ffmpeg: str, width: int, height: int, fps: int, target: Path) -> list[str]:
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
    coding = ["-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "18", "-movflags", "+faststart", "-f", "mp4"]
    return [ffmpeg, "-y", "-loglevel", "error", *source, *coding, str(target)]


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "nothing"
