"""Choosing the reader, and one clear line for what cannot be read."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import readers
from advisor.errors import NoDataError, UnsafeDataError, UsageError


def test_no_such_path_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "digits").mkdir()
    with pytest.raises(NoDataError, match=r"no such file or folder: .* holds digits"):
        readers.read(tmp_path / "digit")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    with pytest.raises(NoDataError, match="is an empty folder"):
        readers.read(tmp_path)


def test_nothing_readable_names_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "talk.xyz").write_bytes(b"RIFF")
    with pytest.raises(NoDataError, match=r"nothing here can be read \(found talk\.xyz\)"):
        readers.read(tmp_path)


@pytest.mark.parametrize("name", ["data.pkl", "model.pt", "data.joblib", "data_batch_1"])
@pytest.mark.parametrize("whole_folder", [True, False])
def test_pickles_are_refused_unopened(tmp_path: Path, name: str, whole_folder: bool) -> None:
    (tmp_path / name).write_bytes(pickle.dumps({"data": [1, 2]}))
    with pytest.raises(UnsafeDataError, match=f"{name}: only a pickle loader could open it"):
        readers.read(tmp_path if whole_folder else tmp_path / name)


@pytest.mark.parametrize(("name", "remedy"), [("a.zip", "unpack it first"), ("a.xlsx", "save it as CSV")])
def test_known_forms_that_are_not_read(tmp_path: Path, name: str, remedy: str) -> None:
    (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(NoDataError, match=remedy):
        readers.read(tmp_path)


def test_pictures_without_class_folders(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "x.png")
    with pytest.raises(NoDataError, match="put each class in a folder of its own"):
        readers.read(tmp_path)


def test_pictures_win_over_a_stray_table(tmp_path: Path) -> None:
    for name in ("a/x.png", "b/x.png"):
        (tmp_path / name).parent.mkdir()
        Image.new("L", (4, 4)).save(tmp_path / name)
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    assert readers.read(tmp_path).spec.format == "image-folder"


def test_a_table_wins_over_one_stray_picture(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    Image.new("L", (4, 4)).save(tmp_path / "figures" / "plot.png")
    (tmp_path / "data.csv").write_text("a,b\n" + "".join(f"{i % 4},{i % 2}\n" for i in range(20)))
    assert readers.read(tmp_path).spec.format == "table"


def test_new_data_of_a_missing_path(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="no such file"):
        readers.read_unlabelled(tmp_path / "x.csv", "table")


def test_a_spec_goes_to_json_and_back(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", x=np.zeros((12, 3)), y=np.arange(12) % 2)
    spec = readers.read(tmp_path).spec
    assert type(spec).from_json(spec.to_json()).inputs == spec.inputs


def test_importing_the_readers_imports_nothing_heavy() -> None:
    heavy = {"torch", "pandas", "av", "soundfile", "PIL", "sklearn", "optuna"}
    code = f"import sys, advisor.readers; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("form", ["class folders", "array"])
def test_a_target_is_refused_where_no_column_holds_labels(tmp_path: Path, form: str) -> None:
    if form == "array":
        np.savez(tmp_path / "set.npz", x=np.zeros((12, 5, 4)), y=np.arange(12) % 2)
    else:
        for number in range(12):
            folder = tmp_path / ("cat", "dog")[number % 2]
            folder.mkdir(exist_ok=True)
            Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number}.png")
    with pytest.raises(UsageError, match=r"`--target breed`: .* leave `--target` out"):
        readers.read(tmp_path, target="breed")
