"""Pictures whose names do not say that they are, and other files of unknown endings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import readers
from advisor.readers import unknown_endings
from advisor.readers.pictures import flat_images

RANDOM = np.random.default_rng(0)


def picture(path: Path, form: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RANDOM.integers(0, 255, (8, 9), np.uint8)).save(path, form)


@pytest.mark.parametrize("form", ["GIF", "PNG", "JPEG"])
def test_classes_as_endings(tmp_path: Path, form: str) -> None:
    for who in range(6):
        for label in ("happy", "sad"):
            picture(tmp_path / f"subject{who:02d}.{label}", form)
    source = readers.read(tmp_path)
    assert source.labels is not None
    assert source.labels.tolist() == ["happy", "sad"] * 6
    assert source.groups is not None
    assert np.asarray(source.read(11)).shape[:2] == (8, 9)
    found = readers.read_unlabelled(tmp_path / "subject05.sad", flat_images.FORMAT)
    assert np.array_equal(np.asarray(found.read(0)), np.asarray(source.read(11)))


def test_pictures_without_an_ending_beside_a_text_and_labels(tmp_path: Path) -> None:
    for i in range(12):
        picture(tmp_path / "images" / f"{i:04x}", "PNG")
    (tmp_path / "README").write_text("Pictures.")
    (tmp_path / "labels.csv").write_text(
        "file,class\n" + "".join(f"{i:04x},{'ab'[i % 2]}\n" for i in range(12))
    )
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("image-files", 12)
    assert source.labels is not None
    assert source.labels.tolist() == ["a", "b"] * 6


def test_other_files_stay_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(50):
        (tmp_path / f"{i}.rec").write_bytes(b"GIF8" if i == 0 else b"RECORD")
        picture(tmp_path / "cat" / f"{i}.png", "PNG")
        picture(tmp_path / "dog" / f"{i}.png", "PNG")
    opened: list[str] = []
    form = unknown_endings._form
    monkeypatch.setattr(unknown_endings, "_form", lambda file: opened.append(file) or form(file))
    assert len(readers.read(tmp_path)) == 100
    assert len(opened) == unknown_endings.LOOKED_AT
