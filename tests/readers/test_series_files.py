"""One series a file in class folders, and ARFF files."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.errors import DataError, UnreadableSampleError
from advisor.readers.series import series_files


def series(place: Path, count: int, *, header: str = "time,ax,ay", steps: int = 30) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        rows = [f"{step / 50},{np.sin(step / 3 + i):.3f},{step % 5}" for step in range(steps + i % 3)]
        (place / f"{i:03}.csv").write_text("\n".join([header, *rows]) + "\n")


def test_class_folders_of_series(tmp_path: Path) -> None:
    for name in ("walking", "Running"):
        series(tmp_path / "data" / name, 6)
    (tmp_path / "README.txt").write_text("Data, of people.\n")
    (tmp_path / "data" / "walking" / "empty.csv").write_text("")
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("series-folder", 12)
    assert [(axis.name, axis.size) for axis in source.spec.input.axes] == [("time", None), ("channel", 2)]
    assert [column.name for column in source.spec.input.columns] == ["ax", "ay"]
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("Running", "walking")
    assert np.asarray(source.read(0)).shape == (30, 2)
    assert "an empty file" in [skipped.reason for skipped in source.skipped]


def test_parts_around_class_folders(tmp_path: Path) -> None:
    for part, count in (("Train", 5), ("validation", 3), ("TEST", 3)):
        for name in "ab":
            series(tmp_path / part / name, count)
    splits = readers.read(tmp_path).spec.splits
    assert (splits.train, splits.validation, splits.test) == (10, 6, 6)


def test_a_series_in_one_line_without_names(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(4):
            (tmp_path / name / f"{i}.txt").write_text(
                ",".join(str(np.sin(k / 3 + i)) for k in range(50)) + "\n"
            )
    source = readers.read(tmp_path)
    assert [(axis.name, axis.size) for axis in source.spec.input.axes] == [("time", 50), ("channel", 1)]


def test_a_damaged_file_is_one_unreadable_sample(tmp_path: Path) -> None:
    for name in "ab":
        series(tmp_path / name, 60)
    (tmp_path / "a" / "030.csv").write_text("time,other\n" + "1,2\n" * 30)
    source = readers.read(tmp_path)
    bad = source.ids.index("a/030.csv") if "a/030.csv" in source.ids else None
    if bad is None:  # it was among those whose headers are looked at
        assert "a/030.csv" in [skipped.where for skipped in source.skipped]
    else:
        with pytest.raises(
            UnreadableSampleError, match=r"030\.csv: has the columns time, other and not ax, ay"
        ):
            source.read(bad)


def test_new_series_without_labels(tmp_path: Path) -> None:
    series(tmp_path, 3)
    source = readers.read_unlabelled(tmp_path, "series-folder")
    assert (len(source), source.labels) == (3, None)


def test_a_table_of_labels_among_the_series_goes_before_their_folder(tmp_path: Path) -> None:
    series(tmp_path / "dataset", 40)
    for file in sorted((tmp_path / "dataset").iterdir()):
        file.rename(file.with_name(f"take_{int(file.stem) + 1}.csv"))
    series(tmp_path / "more", 2)
    rows = [f"{number},{'ab'[number % 2]}" for number in range(1, 41)]
    (tmp_path / "dataset" / "target.csv").write_text("\n".join(["#sequence_id, class_label", *rows]) + "\n")
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.name == "class_label"
    assert source.labels is not None
    assert source.labels[source.ids.index("dataset/take_12.csv")] == "a"


def dated(place: Path, files: int, minutes: float) -> None:
    place.mkdir(parents=True)
    for i in range(files):
        start = datetime(2014, 2, 1 + i)
        rows = [f"{start + timedelta(minutes=minutes * k)},{np.sin(k / 5 + i):.3f}" for k in range(400)]
        (place / f"{place.name}_{i}.csv").write_text("\n".join(["timestamp,value", *rows]) + "\n")


@pytest.mark.parametrize(
    ("minutes", "files", "kind"),
    [(5, 4, "future"), (5, 25, "category"), (0.001, 4, "category")],
    ids=["days-of-a-few", "days-of-many", "seconds"],
)
def test_folders_of_what_goes_on_for_days_are_forecast(
    tmp_path: Path, minutes: float, files: int, kind: str
) -> None:
    for name in ("servers", "tweets", "traffic"):
        dated(tmp_path / name, files, minutes)
    target = readers.read(tmp_path).spec.target
    assert target is not None
    assert target.kind == kind


@pytest.mark.parametrize("form", ["", "csv"])
def test_class_folders_within_those_of_persons(tmp_path: Path, form: str) -> None:
    for person in range(8):
        for name in ("walk", "run"):
            series(tmp_path / f"subject{person}" / name / form, 4)
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert (len(source), source.spec.target.class_names) == (64, ("run", "walk"))
    assert source.groups is not None
    assert len(set(source.groups.tolist())) == 8


@pytest.mark.parametrize("within", [["run1", "run2"], ["anat", "func"], ["walk", "train"]])
def test_folders_of_persons_with_what_are_no_classes(tmp_path: Path, within: list[str]) -> None:
    for person in range(3):
        for name in within:
            series(tmp_path / f"sub-{person}" / name, 4)
    target = readers.read(tmp_path, reader="series-folder").spec.target
    assert target is not None
    assert target.class_names == ("sub-0", "sub-1", "sub-2")


@pytest.mark.parametrize("places", [["train", "test"], ["2019", "2020"], ["images", "labels"], ["only"]])
def test_folders_that_are_no_classes(tmp_path: Path, places: list[str]) -> None:
    for place in places:
        series(tmp_path / place, 3)
    assert series_files.sniff(tmp_path) == 0


def test_class_folders_of_prose_are_no_series(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(4):
            (tmp_path / name / f"{i}.txt").write_text("It was late, and the train was slow.\nNo one spoke.\n")
    assert series_files.sniff(tmp_path) == 0


# --- ARFF -----------------------------------------------------------------------------------------


def arff(path: Path, attributes: list[str], rows: list[str]) -> Path:
    lines = [
        "% a comment",
        "@RELATION made",
        *(f"@ATTRIBUTE {one}" for one in attributes),
        "",
        "@DATA",
        *rows,
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_table_of_attributes(tmp_path: Path) -> None:
    rows = [
        f"{'sunny' if i % 2 else chr(39) + 'over cast' + chr(39)},{60 + i},{'yes' if i % 3 else 'no'}"
        for i in range(30)
    ]
    path = arff(
        tmp_path / "a.arff", ["outlook {sunny,'over cast'}", "'air temp' real", "play {yes,no}"], rows
    )
    source = readers.read(path)
    assert [column.name for column in source.spec.input.columns] == ["outlook", "air temp"]
    assert np.asarray(source.read(0)).tolist() == ["over cast", 60.0]
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("no", "yes")


def test_labels_that_a_list_beside_the_table_names(tmp_path: Path) -> None:
    steps = [f"flux{i} numeric" for i in range(20)]
    rows = [
        ",".join([*(f"{np.sin(k / 3 + i):.3f}" for k in range(20)), str(i % 2), str(i % 3 % 2)])
        for i in range(40)
    ]
    arff(tmp_path / "birds.arff", [*steps, "'Steller\\'s Jay' {0,1}", "Wren {0,1}"], rows)
    (tmp_path / "birds.xml").write_text(
        '<labels><label name="Steller\'s Jay"></label><label name="Wren"/></labels>'
    )
    source = readers.read(tmp_path)
    assert (source.spec.format, source.spec.input.axes[0].size) == ("table", 20)
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.spec.target.classes) == ("labels", 2)


def test_series_of_attributes(tmp_path: Path) -> None:
    attributes = [*(f"att{i} numeric" for i in range(30)), "target {1,2}"]
    for part in ("TRAIN", "TEST"):
        rows = [
            ",".join([f"{np.sin(k / 4 + i):.4f}" for k in range(30)] + [str(i % 2 + 1)]) for i in range(40)
        ]
        arff(tmp_path / f"Wave_{part}.arff", attributes, rows)
    source = readers.read(tmp_path)
    assert (source.spec.format, source.spec.splits.test) == ("table-series", 40)
    assert [(axis.name, axis.size) for axis in source.spec.input.axes] == [("time", 30), ("channel", 1)]


def test_a_relation_of_channels_in_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "Motion_TRAIN.arff"
    rows = []
    for i in range(30):
        channels = [
            ",".join(f"{np.sin(k / 4 + i) * sign:.3f}" for k in range(20 + i % 4)) for sign in (1, -1)
        ]
        rows.append("'" + "\\n".join(channels) + f"',{'ab'[i % 2]}")
    inner = [f"att{i} numeric" for i in range(24)]
    head = [
        "@relation m",
        "@attribute motion relational",
        *(f"@attribute {one}" for one in inner),
        "@end motion",
    ]
    path.write_text("\n".join([*head, "@attribute kind {a,b}", "@data", *rows]))
    source = readers.read(path)
    assert [(axis.name, axis.size) for axis in source.spec.input.axes] == [("time", None), ("channel", 2)]
    first = np.asarray(source.read(1))
    assert first.shape == (21, 2)
    assert first[:, 0].tolist() == (-first[:, 1]).tolist()


def test_sparse_rows(tmp_path: Path) -> None:
    rows = [f"{{0 {i}, 2 {'b' if i % 2 else 'a'}}}" for i in range(20)]
    source = readers.read(arff(tmp_path / "a.arff", ["size numeric", "age numeric", "kind {a,b}"], rows))
    assert np.asarray(source.read(5)).tolist() == [5.0, 0.0]


@pytest.mark.parametrize("text", ["no header at all", "@relation a\n@attribute x numeric\n@data\n"])
def test_a_broken_arff_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.arff").write_text(text)
    with pytest.raises(DataError, match=r"has no line `@attribute`|no rows follow `@data`"):
        readers.read(tmp_path)


# --- side by side ---------------------------------------------------------------------------------


def flat(folder: Path, names: list[str], header: str = "t,ax,ay") -> None:
    series(folder, len(names), header=header)
    for i, name in enumerate(names):
        (folder / f"{i:03}.csv").rename(folder / name)


def test_labels_in_the_names_of_files(tmp_path: Path) -> None:
    flat(tmp_path, [f"{'walk' if i % 2 else 'run'}_s{i % 5}_{i:02}.csv" for i in range(30)])
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("series-folder", 30)
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("run", "walk")
    assert "guessed from the file names" in source.notes[0].text


@pytest.mark.parametrize("place", ["recordings", "."])
def test_labels_in_a_table_that_names_the_files(tmp_path: Path, place: str) -> None:
    names = [f"rec{i:03}.csv" for i in range(20)]
    flat(tmp_path / place, names)
    rows = [f"{name},{'up' if i % 3 else 'down'}" for i, name in enumerate(names)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,direction", *rows]) + "\n")
    source = readers.read(tmp_path)
    assert len(source) == 20
    assert source.spec.target is not None
    assert (source.spec.target.name, source.spec.target.class_names) == ("direction", ("down", "up"))
    assert source.labels is not None
    assert source.labels[:4].tolist() == ["down", "up", "up", "down"]


def test_pieces_of_a_table_are_no_series(tmp_path: Path) -> None:
    for i in range(10):
        (tmp_path / f"part-{i:05}.csv").write_text("age,city,kind\n" + "31,Oslo,a\n45,Rome,b\n" * 20)
    assert series_files.sniff(tmp_path) == 0


@pytest.mark.parametrize("shared", [True, False])
def test_folders_with_the_same_files_over_the_same_times_may_be_measures(
    tmp_path: Path, shared: bool
) -> None:
    rng = np.random.default_rng(0)
    for day, folder in enumerate(("temperature", "humidity"), start=1):
        (tmp_path / folder).mkdir()
        for station in range(4):
            start = station + (0 if shared else 10 * day)
            rows = [f"2021-01-{1 + start % 28:02d} {hour:02d}:00,{rng.normal():.3f}" for hour in range(24)]
            (tmp_path / folder / f"station{station}.csv").write_text("\n".join(["time,value", *rows]))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert (source.spec.target.confidence == 0.5) is shared
    assert ("measures" in [note.check for note in source.notes]) is shared
