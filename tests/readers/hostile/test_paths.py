"""Links, pipes, devices, names and paths in files: nothing outside is read, nothing hangs, nothing is run."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from nursery import Run
from seeds import SEEDS, coco, listed, per_class, picture, table, voc, yolo

NAMES = (
    "new\nline", "tab\tand\rreturn", "$(touch executed)", "`touch executed`", "; touch executed #",
    "| touch executed", "'quotes\"", "-rf", "--json", "[red]bold[\\red]", "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "%s%n{0}", "*?[a]",
    "%2e%2e%2fup", "\u202efdp.png", " blanks ", "=cmd|'C calc'!A0", "\N{SNOWMAN}",
    os.fsdecode(b"latin-\xe9"), "a" * 200,
)  # fmt: skip
"""What a file or a folder may be called."""


def pictures(folder: Path) -> None:
    per_class(folder, ".png", lambda i: picture("PNG", i))


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A class folder beside the data, not in them."""
    pictures(tmp_path / "outside")
    return tmp_path / "outside"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Eight pictures in two class folders."""
    pictures(tmp_path / "data")
    return tmp_path / "data"


def test_a_loop_of_links_is_walked_once(data: Path, inspect: Run) -> None:
    (data / "cat" / "up").symlink_to(data)
    (data / "cat" / "self").symlink_to(data / "cat" / "self")
    (data / "again").symlink_to(".")
    outcome = inspect(data)
    assert outcome.code == 0


def test_pipes_sockets_devices_and_dangling_links_are_no_samples(data: Path, inspect: Run) -> None:
    os.mkfifo(data / "cat" / "pipe.png")
    os.mkfifo(data / "labels.csv")
    (data / "cat" / "zero.png").symlink_to("/dev/zero")
    (data / "cat" / "terminal.png").symlink_to("/dev/stdin")
    (data / "cat" / "gone.png").symlink_to(data / "nowhere.png")
    assert inspect(data).samples == 8


@pytest.mark.parametrize(
    "name", ["a.csv", "a.png", "a.npy", "a.wav", "a.json", "a.mp4", "a.h5", "a.txt", "a.nii", "a"]
)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_pipe_or_device_as_the_data_is_refused(name: str, kind: str, tmp_path: Path, inspect: Run) -> None:
    path = tmp_path / name
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    outcome = inspect(path)
    assert outcome.code == 1
    assert name in outcome.err


def test_a_folder_given_by_a_link_is_read(data: Path, tmp_path: Path, inspect: Run) -> None:
    (tmp_path / "link").symlink_to(data)
    assert inspect(tmp_path / "link").samples == 8


@pytest.mark.parametrize("name", NAMES)
def test_names_are_only_names(name: str, tmp_path: Path, inspect: Run) -> None:
    folder = tmp_path / name
    for label in (name, "dog"):
        (folder / label).mkdir(parents=True)
        for i in range(4):
            (folder / label / f"{i}{name}.png").write_bytes(picture("PNG", i + 4 * (label == "dog")))
    (folder / name / f"bad{name}.png").write_bytes(b"")
    outcome = inspect(folder)
    assert outcome.code == 0
    assert outcome.samples == 8
    assert not list(Path.cwd().glob("executed*"))


def test_labels_cannot_name_files_elsewhere(outside: Path, tmp_path: Path, inspect: Run) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    listed(folder)
    secret = outside / "cat" / "0.png"
    with (folder / "labels.csv").open("a") as file:
        file.write(f"../outside/cat/0.png,cat\n{secret},dog\n/etc/passwd,cat\n~/.ssh/id_rsa,dog\n")
    outcome = inspect(folder)
    assert outcome.samples == 8
    assert "file is not there" in outcome.health


@pytest.mark.parametrize("form", ["voc", "coco", "yolo"])
def test_boxes_cannot_name_pictures_elsewhere(form: str, outside: Path, tmp_path: Path, inspect: Run) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    {"voc": voc, "coco": coco, "yolo": yolo}[form](folder)
    secret = outside / "cat" / "0.png"
    if form == "voc":
        (folder / "9.xml").write_text((folder / "0.xml").read_text().replace("0.png", str(secret)))
    elif form == "coco":
        described = json.loads((folder / "boxes.json").read_text())
        described["images"] += [
            {"id": 9, "file_name": str(secret)},
            {"id": 10, "file_name": "../outside/cat/0.png"},
        ]
        (folder / "boxes.json").write_text(json.dumps(described))
    else:
        (folder / "data.yaml").write_text(f"train: {outside}\nval: ../outside\nnames: [cat, dog]\n")
    assert inspect(folder).samples == 6


def test_members_of_an_archive_that_lead_out_of_it_are_left_out(tmp_path: Path, inspect: Run) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("good.csv", table())
        for name in ("../evil.csv", "/evil.csv", "a/../../evil.csv", "C:\\evil.csv"):
            archive.writestr(name, table())
    before = sorted(tmp_path.rglob("*"))
    assert inspect(tmp_path / "data.zip").code in (0, 1)
    assert sorted(tmp_path.rglob("*")) == before
    assert not (tmp_path.parent / "evil.csv").exists()


def test_hdf5_links_and_external_values_are_not_followed(tmp_path: Path, inspect: Run) -> None:
    import h5py

    (tmp_path / "secret.bin").write_bytes(b"secret" * 1000)
    folder = tmp_path / "data"
    folder.mkdir()
    SEEDS["hdf5"][0](tmp_path)
    (tmp_path / "data.h5").rename(tmp_path / "secret.h5")
    with h5py.File(folder / "data.h5", "w") as file:
        file["x"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/x")
        external = [(str(tmp_path / "secret.bin"), 0, 4000)]
        file.create_dataset("raw", (1000,), "f4", external=external)
        layout = h5py.VirtualLayout((40, 30), "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "x", (40, 30))
        file.create_virtual_dataset("virtual", layout)
    assert inspect(folder / "data.h5").code == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_left_out(data: Path, inspect: Run) -> None:
    (data / "cat" / "bad.png").write_bytes(picture("PNG", 9))
    (data / "cat" / "bad.png").chmod(0)
    (data / "bird").mkdir(mode=0)
    outcome = inspect(data)
    assert outcome.code == 0
    assert outcome.samples == 8


@pytest.mark.parametrize("link", ["file", "folder"])
def test_links_that_lead_out_of_the_folder(link: str, data: Path, outside: Path, inspect: Run) -> None:
    if link == "file":
        (data / "cat" / "other.png").symlink_to(outside / "cat" / "0.png")
    else:
        (data / "bird").symlink_to(outside / "cat")
    outcome = inspect(data)
    assert outcome.samples == 8
    assert "links: 1 link leads out of the folder, not read" in outcome.health
    assert inspect(data, "--follow-links").samples == (9 if link == "file" else 12)


def test_nothing_but_links_that_lead_out_of_the_folder(outside: Path, tmp_path: Path, inspect: Run) -> None:
    (tmp_path / "data").mkdir()
    for name in ("cat", "dog"):
        (tmp_path / "data" / name).symlink_to(outside / name)
    outcome = inspect(tmp_path / "data")
    assert outcome.code == 1
    assert "2 links lead out of the folder, not read" in outcome.err
    assert "--follow-links" in outcome.err
    assert inspect(tmp_path / "data", "--follow-links").samples == 8


@pytest.mark.slow
@pytest.mark.parametrize("form", sorted(SEEDS))
def test_no_form_is_read_through_a_link_that_leads_out(form: str, tmp_path: Path, inspect: Run) -> None:
    elsewhere, data = tmp_path / "elsewhere", tmp_path / "data"
    elsewhere.mkdir()
    data.mkdir()
    SEEDS[form][0](elsewhere)
    for entry in elsewhere.iterdir():
        (data / entry.name).symlink_to(entry)
    outcome = inspect(data)
    assert outcome.code == 1
    assert "not read" in outcome.err


def test_links_within_the_folder_are_followed(data: Path, inspect: Run) -> None:
    (data / "cat" / "other.png").symlink_to(data / "dog" / "0.png")
    assert inspect(data).samples == 9


@pytest.mark.parametrize("levels", [100, 1_500])
def test_folders_inside_of_folders_end_somewhere(levels: int, data: Path, inspect: Run) -> None:
    below = os.open(data / "cat", os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=below)
        inner = os.open("d", os.O_RDONLY, dir_fd=below)
        os.close(below)
        below = inner
        with os.fdopen(os.open("a.png", os.O_WRONLY | os.O_CREAT, dir_fd=below), "wb") as file:
            file.write(picture("PNG", 1))
    os.close(below)
    try:
        outcome = inspect(data)
    finally:  # Python 3.11 cannot remove so deep a folder, and pytest would fail at its end
        subprocess.run(["rm", "-rf", data / "cat" / "d"], check=True)
    assert 8 < outcome.samples < 80
    assert "depth: 1 folder lies more than" in outcome.health
