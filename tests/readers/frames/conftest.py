"""Pictures that follow each other, or not, and how they are written as files."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

HEIGHT, WIDTH = 24, 36


def _moving(count: int, seed: int = 0) -> list[np.ndarray]:
    """uint8 [height, width]: blobs that drift slowly, so that neighbours are alike and far frames are not."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    starts, speeds = rng.uniform(0, 24, (4, 2)), rng.uniform(-1.5, 1.5, (4, 2))
    frames = []
    for step in range(count):
        centres = (starts + step * speeds) % (HEIGHT, WIDTH)
        blobs = [np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 20) for y, x in centres]
        frames.append((255 * np.clip(sum(blobs), 0, 1)).astype(np.uint8))
    return frames


def _unlike(count: int, seed: int = 0) -> list[np.ndarray]:
    """uint8 [height, width]: a new smooth picture each time."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (count, 6, 9), dtype=np.uint8)
    return [np.asarray(Image.fromarray(one).resize((WIDTH, HEIGHT))) for one in small]


def _write(path: Path, pixels: np.ndarray) -> Path:
    """A picture file by its suffix; `.gz` packs what the suffix before it says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(pixels)
    if path.suffix == ".gz":
        packed = io.BytesIO()
        picture.save(packed, "PPM")
        path.write_bytes(gzip.compress(packed.getvalue()))
    else:
        picture.save(path)
    return path


@pytest.fixture
def moving() -> Callable[..., list[np.ndarray]]:
    """Frames that follow each other: `moving(count, seed=0)`."""
    return _moving


@pytest.fixture
def unlike() -> Callable[..., list[np.ndarray]]:
    """Pictures in any order: `unlike(count, seed=0)`."""
    return _unlike


@pytest.fixture
def write() -> Callable[[Path, np.ndarray], Path]:
    """Writes a picture by the suffix of its path."""
    return _write
