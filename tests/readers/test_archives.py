"""Data sets that lie in an archive: read as the folder in it would be, and nothing written beside it."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import readers
from advisor.errors import AdvisorError, DataError, UnsafeDataError
from advisor.readers import archives

PICTURE = io.BytesIO()
Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(PICTURE, "PNG")
CLASSES = [f"{label}/{i}.png" for label in ("cat", "dog") for i in range(3)]


def pack(archive: Path, names: list[str], data: bytes = PICTURE.getvalue()) -> Path:
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as whole:
            for name in names:
                whole.writestr(name, data)
        return archive
    with tarfile.open(archive, "w:gz" if archive.name.endswith("gz") else "w") as whole:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            whole.addfile(member, io.BytesIO(data))
    return archive


@pytest.mark.parametrize("name", ["data.zip", "data.tar", "data.tar.gz"])
@pytest.mark.parametrize("as_folder", [False, True])
def test_a_packed_folder_of_pictures(tmp_path: Path, name: str, as_folder: bool) -> None:
    archive = pack(tmp_path / name, [f"pets/{one}" for one in CLASSES])
    path = tmp_path if as_folder else archive
    source = readers.read(path)
    assert source.spec.format == "image-folder"
    assert source.spec.path == str(path)
    assert sorted(set(source.labels)) == ["cat", "dog"]
    assert source.read(5).shape == (8, 8, 1)
    assert [note.check for note in source.notes].count("archive") == 1
    assert list(tmp_path.iterdir()) == [archive]


def test_parts_that_are_an_archive_each_beside_their_labels(tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("Pets.")
    for part in ("train", "test"):
        pack(tmp_path / f"{part}.zip", [f"{part}/{one}" for one in CLASSES])
    assert readers.read(tmp_path).spec.splits.test == 6


def test_one_archive_beside_a_text_is_read_as_itself(tmp_path: Path) -> None:
    (tmp_path / "pets.names").write_text("1. Title: Pets\n")
    archive = pack(tmp_path / "pets.zip", ["README.md", *CLASSES])
    (tmp_path / "README.md").write_text("Pets.")
    source = readers.read(tmp_path)
    assert sorted(source.ids) == sorted(readers.read(archive).ids)
    assert [note.check for note in source.notes].count("archive") == 1


def test_a_list_of_labels_beside_packed_pictures(tmp_path: Path) -> None:
    rows = "".join(f"{i},{'cat' if i % 2 else 'dog'}\n" for i in range(12))
    (tmp_path / "labels.csv").write_text("id,breed\n" + rows)
    pack(tmp_path / "train.zip", [f"{i}.png" for i in range(12)])
    source = readers.read(tmp_path)
    assert source.spec.inputs[0].name == "image"
    assert source.spec.target.classes == 2


def test_archives_in_an_archive(tmp_path: Path) -> None:
    for part in ("train", "test"):
        pack(tmp_path / f"{part}.zip", CLASSES)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as whole:
        for part in ("train", "test"):
            whole.write(tmp_path / f"{part}.zip", f"{part}.zip")
    assert readers.read(tmp_path / "all.zip").spec.splits.train == 6


def test_class_folders_of_tables_are_series(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "gait.zip", "w") as whole:
        for i in range(8):
            rows = "".join(f"{x:.3f},{y:.3f}\n" for x, y in rng.normal(size=(30, 2)).cumsum(0))
            whole.writestr(f"{'walk' if i % 2 else 'run'}/{i}.csv", "x,y\n" + rows)
    source = readers.read(tmp_path / "gait.zip")
    assert source.spec.format == "series-folder"
    assert len(source) == 8


def test_what_leads_out_is_left_and_told(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    archive = pack(inside / "data.tar", [*CLASSES, "../evil.png", "/evil.png", "cat/../../evil.png"])
    with tarfile.open(archive, "a") as whole:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            link = tarfile.TarInfo(f"cat/link{kind!r}.png")
            link.type, link.linkname = kind, "/etc/passwd"
            whole.addfile(link)
    source = readers.read(archive)
    assert len(source) == 6
    assert next(note for note in source.notes if note.check == "archive").count == 5
    assert list(tmp_path.iterdir()) == [inside]
    assert list(inside.iterdir()) == [archive]


@pytest.mark.parametrize(("limit", "value"), [("MAX_BYTES", 200), ("MAX_FILES", 5), ("GROWS_FROM", 1)])
@pytest.mark.parametrize("name", ["data.zip", "data.tar.gz"])
def test_beyond_a_limit_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, name: str
) -> None:
    monkeypatch.setattr(archives, limit, value)
    monkeypatch.setattr(archives, "GROWTH", 0.01)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    with pytest.raises(UnsafeDataError, match=r"unpack it first, `(unzip|mkdir)"):
        readers.read(pack(tmp_path / name, CLASSES))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_header_that_claims_gigabytes_is_not_read(tmp_path: Path) -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 2**32
    (tmp_path / "data.tar").write_bytes(header.tobuf() + bytes(4096))
    with pytest.raises(DataError, match="cannot be unpacked"):
        readers.read(tmp_path / "data.tar")


def test_errors_name_the_archive(tmp_path: Path) -> None:
    archive = pack(tmp_path / "data.zip", ["a.xyz", "b.xyz"])
    with pytest.raises(AdvisorError, match=str(archive)):
        readers.read(archive)


def test_a_changed_archive_is_unpacked_anew(tmp_path: Path) -> None:
    archive = pack(tmp_path / "data.zip", CLASSES)
    assert len(readers.read(archive)) == 6
    pack(archive, [*CLASSES, "dog/9.png"])
    assert len(readers.read(archive)) == 7


def test_a_folder_beside_its_own_archive_is_read_itself(tmp_path: Path) -> None:
    archive = pack(tmp_path / "pets.zip", CLASSES)
    shutil.unpack_archive(archive, tmp_path / "pets")
    assert not [note for note in readers.read(tmp_path).notes if note.check == "archive"]
