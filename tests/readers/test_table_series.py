"""Tables whose rows, blocks of rows or cells are series or pictures."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from advisor import readers
from advisor.errors import UnreadableSampleError
from advisor.readers.source import Source

STEPS, COUNT = 40, 60


def waves(count: int = COUNT, steps: int = STEPS, seed: int = 0) -> tuple[NDArray[np.float64], list[int]]:
    """Waves at a random place, of two periods in turn."""
    rng = np.random.default_rng(seed)
    kinds = [i % 2 for i in range(count)]
    time = np.arange(steps)
    rows = [
        np.sin(time / (3 + 2 * kind) + rng.uniform(0, 6)) + 0.1 * rng.normal(size=steps) for kind in kinds
    ]
    return np.round(rows, 4), kinds


def lengths(count: int = COUNT) -> list[int]:
    return [20 + i % 15 for i in range(count)]


def write(path: Path, header: list[str] | None, rows: list[list[object]], delimiter: str = ",") -> Path:
    lines = [delimiter.join(map(str, row)) for row in ([header] if header else []) + rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def sizes(source: Source) -> list[tuple[str, int | None]]:
    return [(axis.name, axis.size) for axis in source.spec.input.axes]


def target(source: Source) -> tuple[str, str]:
    assert source.spec.target is not None
    return source.spec.target.name, source.spec.target.kind


# --- a series in each row -------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize("delimiter", [",", "\t", " ", ";"])
def test_wide_rows_without_names(tmp_path: Path, place: str, delimiter: str) -> None:
    values, kinds = waves()
    rows = [
        [kind, *row] if place == "first" else [*row, kind] for row, kind in zip(values, kinds, strict=True)
    ]
    source = readers.read(write(tmp_path / "a.txt", None, rows, delimiter))
    assert sizes(source) == [("time", STEPS), ("channel", 1)]
    assert np.asarray(source.read(3))[:, 0].tolist() == pytest.approx(values[3].tolist())
    assert source.labels is not None
    assert source.labels[:3].tolist() == ["0", "1", "0"]


def test_wide_rows_as_archives_of_series_have_them(tmp_path: Path) -> None:
    values, kinds = waves()
    for part, rows in (("TRAIN", slice(0, 40)), ("TEST", slice(40, None))):
        chosen = [[f"{kind + 1:.7e}", *row] for row, kind in zip(values[rows], kinds[rows], strict=True)]
        write(tmp_path / f"Wave_{part}.tsv", None, chosen, "\t")
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (40, 20)
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("1", "2")


@pytest.mark.parametrize("filler", ["", "NaN"])
def test_missing_values_at_the_end_make_a_series_shorter(tmp_path: Path, filler: str) -> None:
    values, kinds = waves()
    rows = [
        [kind, *row[:size], *[filler] * (STEPS - size)]
        for row, kind, size in zip(values, kinds, lengths(), strict=True)
    ]
    source = readers.read(write(tmp_path / "a.csv", None, rows))
    assert sizes(source) == [("time", None), ("channel", 1)]
    assert [len(source.read(i)) for i in range(4)] == [20, 21, 22, 23]


def test_wide_rows_with_names_and_more_columns(tmp_path: Path) -> None:
    values, kinds = waves()
    header = ["patient", *(f"t{i}" for i in range(STEPS)), "age", "diagnosis"]
    rows = [
        [f"p{i}", *row, 20 + i % 30, ["well", "ill"][kind]]
        for i, (row, kind) in enumerate(zip(values, kinds, strict=True))
    ]
    source = readers.read(write(tmp_path / "a.csv", header, rows))
    assert target(source) == ("diagnosis", "category")
    assert sizes(source)[0] == ("time", STEPS)
    assert [skipped.where for skipped in source.skipped] == ["column age"]


def test_several_runs_of_columns_are_channels(tmp_path: Path) -> None:
    values, kinds = waves()
    header = [*(f"acc_x_{i}" for i in range(STEPS)), *(f"acc_y_{i}" for i in range(STEPS)), "label"]
    rows = [[*row, *(-row), kind] for row, kind in zip(values, kinds, strict=True)]
    source = readers.read(write(tmp_path / "a.csv", header, rows))
    assert sizes(source) == [("time", STEPS), ("channel", 2)]
    assert [column.name for column in source.spec.input.columns] == ["acc_x", "acc_y"]


def test_wide_rows_without_label_are_continued(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    days = [date(2020, 1, 22) + timedelta(days=i) for i in range(30)]
    header = ["Country", "Lat", "Long", *(f"{day.month}/{day.day}/{day:%y}" for day in days)]
    rows = [[f"C{i}", i / 7, i / 3, *np.cumsum(rng.poisson(5, 30))] for i in range(20)]
    source = readers.read(write(tmp_path / "a.csv", header, rows))
    assert target(source) == ("all", "future")
    assert (len(source), sizes(source)[0]) == (20, ("time", 30))


def test_a_number_to_be_predicted_from_spectra(tmp_path: Path) -> None:
    values, _ = waves()
    header = [*(str(400 + 2 * i) for i in range(STEPS)), "protein"]
    rows = [[*row, round(100 * float(row[5]), 2)] for row in values]
    assert target(readers.read(write(tmp_path / "a.csv", header, rows))) == ("protein", "number")


@pytest.mark.parametrize("scaled", [True, False])
def test_features_are_no_series(tmp_path: Path, scaled: bool) -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(200, 30))
    if not scaled:  # neighbours alike, but each in its own unit
        table = (rng.normal(size=(200, 1)) + 0.5 * table) * 10.0 ** rng.integers(-3, 4, 30)
    rows = [[*map("{:.4g}".format, row), i % 2] for i, row in enumerate(table)]
    source = readers.read(write(tmp_path / "a.csv", [*(f"V{i}" for i in range(30)), "Class"], rows))
    assert source.spec.format == "table"


def test_new_rows_of_a_wide_table(tmp_path: Path) -> None:
    values, kinds = waves()
    header = [*(f"t{i}" for i in range(STEPS)), "label"]
    path = write(tmp_path / "new.csv", header, [[*values[0], kinds[0]]])
    source = readers.read_unlabelled(path, "table-series", target="label")
    assert (len(source), source.labels, sizes(source)[0]) == (1, None, ("time", STEPS))


# --- many series below one another ----------------------------------------------------------------


def long_rows(shuffled: bool = False) -> list[list[object]]:
    values, kinds = waves()
    rows: list[list[object]] = [
        [f"s{i}", step, values[i][step], -values[i][step], ["up", "down"][kinds[i]]]
        for i, size in enumerate(lengths())
        for step in range(size)
    ]
    if shuffled:
        np.random.default_rng(0).shuffle(rows)  # type: ignore[arg-type]
    return rows


@pytest.mark.parametrize("shuffled", [False, True])
def test_long_rows_are_a_sample_for_each_id(tmp_path: Path, shuffled: bool) -> None:
    rows = long_rows(shuffled)
    source = readers.read(write(tmp_path / "a.csv", ["series_id", "step", "x", "y", "label"], rows))
    assert (len(source), sizes(source)) == (COUNT, [("time", None), ("channel", 2)])
    assert target(source) == ("label", "category")
    place = list(source.ids).index("s3")
    assert np.asarray(source.read(place))[:, 0].tolist() == pytest.approx(waves()[0][3][:23].tolist())


def test_long_rows_with_labels_in_a_second_table(tmp_path: Path) -> None:
    write(tmp_path / "X_train.csv", ["series_id", "step", "x", "y"], [row[:4] for row in long_rows()])
    labels: list[list[object]] = [[f"s{i}", ["soft", "hard"][i % 2]] for i in range(COUNT)]
    write(tmp_path / "y_train.csv", ["series_id", "surface"], labels)
    source = readers.read(tmp_path)
    assert (len(source), target(source)) == (COUNT, ("surface", "category"))


def test_one_person_doing_several_things(tmp_path: Path) -> None:
    values, _ = waves()
    rows: list[list[object]] = [
        [user, kind, step, values[2 * user + place][step]]
        for user in range(8)
        for place, kind in enumerate(("walk", "run"))
        for step in range(30)
    ]
    source = readers.read(write(tmp_path / "a.csv", ["user", "activity", "timestamp", "x"], rows))
    assert (len(source), target(source)) == (16, ("activity", "category"))


def test_rows_of_records_sorted_by_what_they_are_are_no_series(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows: list[list[object]] = []
    for record in range(30):
        around = rng.normal(size=3)
        rows += [
            [*(around + rng.normal(size=3)), f"f{record // 5 % 3}", record // 5, record] for _ in range(12)
        ]
    path = write(tmp_path / "frogs.csv", ["a", "b", "c", "Family", "Species", "RecordID"], rows)
    source = readers.read(path)
    assert (source.spec.format, len(source), target(source)) == ("table", 360, ("Species", "category"))


def test_columns_that_number_and_sort_the_rows_make_no_series(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows: list[list[object]] = []
    for group in "ABCD":
        for value in sorted(rng.normal(size=60)):
            rows.append([len(rows), round(value, 3), "yn"[rng.integers(2)], group, ord(group)])
    path = write(tmp_path / "drugs.csv", ["No.", "potency", "active", "group", "threshold"], rows)
    assert readers.read(path).spec.format == "table"


def counted(path: Path, labels: list[int]) -> Path:
    """Rows of one recording: a count, three channels, and a label that holds for 40 rows."""
    rng = np.random.default_rng(len(labels))
    walk = np.cumsum(rng.normal(size=(40 * len(labels), 3)), axis=0).round(3)
    return write(path, None, [[i, *row, labels[i // 40]] for i, row in enumerate(walk.tolist())])


def test_recordings_with_a_label_in_each_row_are_cut_where_it_changes(tmp_path: Path) -> None:
    counted(tmp_path / "1.csv", [1, 2, 1, 3])
    counted(tmp_path / "2.csv", [2, 3, 1])
    source = readers.read(tmp_path)
    assert (len(source), target(source)) == (7, ("column4", "category"))
    assert sizes(source) == [("time", 40), ("channel", 3)]
    assert len(set(source.ids)) == 7


def test_pieces_of_one_recording_stay_together(tmp_path: Path) -> None:
    for number in range(1, 4):
        counted(tmp_path / f"{number}.csv", [1, 2, 1, 3])
    groups = readers.read(tmp_path).groups
    assert groups is not None
    assert groups.tolist() == sorted(4 * ["1", "2", "3"])


def test_rows_sorted_by_their_label_are_no_recording(tmp_path: Path) -> None:
    assert readers.read(counted(tmp_path / "1.csv", [1, 2, 3, 4, 5, 6])).spec.format != "table-series"


def panel(stores: int = 3, items: int = 2, days: int = 60) -> list[list[object]]:
    rng = np.random.default_rng(0)
    return [
        [date(2020, 1, 1) + timedelta(days=day), store, item, round(50 + 9 * np.sin(day) + rng.normal(), 2)]
        for day in range(days)
        for store in range(stores)
        for item in range(items)
    ]


def test_a_panel_is_to_be_continued(tmp_path: Path) -> None:
    source = readers.read(write(tmp_path / "a.csv", ["date", "store", "item", "sales"], panel()))
    assert (len(source), target(source)) == (6, ("all", "future"))
    assert sizes(source) == [("time", 60), ("channel", 1)]
    assert source.spec.input.axes[0].spacing == 86_400


def test_rows_of_a_panel_that_are_to_be_forecast_are_left_out(tmp_path: Path) -> None:
    rows = panel()
    write(tmp_path / "train.csv", ["date", "store", "item", "sales"], rows[:-60])
    write(
        tmp_path / "test.csv",
        ["id", "date", "store", "item"],
        [[i, *row[:3]] for i, row in enumerate(rows[-60:])],
    )
    source = readers.read(tmp_path)
    assert (len(source), sizes(source)[0]) == (6, ("time", 50))


def test_files_whose_clocks_never_agree_are_series_side_by_side(tmp_path: Path) -> None:
    for place in range(3):
        start = datetime(2020, 2, 21) + timedelta(seconds=17 * place)
        rows: list[list[object]] = [
            [start + timedelta(minutes=5 * step), np.sin(step / 9) + place, step % 2] for step in range(60)
        ]
        write(tmp_path / f"station{place}.csv", ["time utc", "pressure", "tips"], rows)
    source = readers.read(tmp_path, reader="table")
    assert (len(source), target(source)) == (3, ("all", "future"))


def test_files_that_share_dates_over_columns_are_series_side_by_side(tmp_path: Path) -> None:
    for first, last in ((1994, 2003), (2000, 2010)):
        days = [date(first, 1, 1) + timedelta(days=step) for step in range(365 * (last - first))]
        rows: list[list[object]] = [
            [day.year, day.month, day.day, day.isoweekday(), 8000 + 50 * (step % 7)]
            for step, day in enumerate(days)
        ]
        header = ["year", "month", "date_of_month", "day_of_week", "births"]
        write(tmp_path / f"births_{first}-{last}.csv", header, rows)
    source = readers.read(tmp_path)
    assert (len(source), target(source)) == (2, ("all", "future"))


def test_folders_with_a_file_of_one_name_are_series_side_by_side(tmp_path: Path) -> None:
    for place, city in enumerate(("Berlin", "Kiel", "Bremen")):
        (tmp_path / city).mkdir()
        days = [date(1990 + place, 1, 1) + timedelta(days=step) for step in range(1_500)]
        rows = [
            f"  {400 + place};{day:%Y%m%d};  {8 + 9 * np.sin(step / 58):.1f};-999;eor"
            for step, day in enumerate(days)
        ]
        text = "\n".join(["STATION;MESS_DATUM; TMK; TGK;eor", *rows])
        (tmp_path / city / "weather.txt").write_text(text + "\n")
    source = readers.read(tmp_path)
    assert (len(source), target(source)) == (3, ("all", "future"))
    assert sorted(source.ids) == ["Berlin", "Bremen", "Kiel"]


def test_ratings_are_no_series(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows: list[list[object]] = [
        [i // 10, rng.integers(300), rng.integers(1, 6), rng.integers(9e8, 1e9)] for i in range(600)
    ]
    source = readers.read(write(tmp_path / "a.csv", ["userId", "movieId", "rating", "timestamp"], rows))
    assert (source.spec.format, target(source)[0]) == ("table", "rating")


# --- one long series ------------------------------------------------------------------------------


def one(path: Path) -> Source:
    source = readers.read(path)
    assert source.spec.format == "csv-series"
    assert target(source)[1] == "future"
    return source


def test_a_series_without_any_time(tmp_path: Path) -> None:
    values, _ = waves(1, 300)
    assert sizes(one(write(tmp_path / "a.csv", ["value"], [[value] for value in values[0]])))[0] == (
        "time",
        300,
    )


def test_sensors_side_by_side_without_any_time(tmp_path: Path) -> None:
    values, _ = waves(6, 300)
    rows = [[*step] for step in (values + np.arange(6)[:, None] / 9).T]
    source = one(write(tmp_path / "a.csv", ["701", "702", "716", "730", "733", "790"], rows))
    assert sizes(source) == [("time", 300), ("channel", 6)]


@pytest.mark.parametrize(("name", "first", "step"), [("t", 0, 1), ("time_s", 0.5, 0.02), ("YEAR", 1700, 1)])
def test_times_that_are_numbers(tmp_path: Path, name: str, first: float, step: float) -> None:
    values, _ = waves(1, 100)
    rows: list[list[object]] = [[round(first + step * i, 3), value] for i, value in enumerate(values[0])]
    source = one(write(tmp_path / "a.csv", [name, "x"], rows))
    assert (sizes(source), source.spec.time_index) == ([("time", 100), ("channel", 1)], name)
    assert (source.timestamps is None) == (name != "YEAR")


@pytest.mark.parametrize("clock", ["18.00.00", "18:00", "18", "6:00 PM"])
def test_a_date_and_a_time_of_day(tmp_path: Path, clock: str) -> None:
    hours = [
        clock.replace("18", f"{i % 24:02}")
        if "PM" not in clock
        else f"{i % 12 or 12}:00 {'AP'[i // 12 % 2]}M"
        for i in range(100)
    ]
    rows: list[list[object]] = [[f"{1 + i // 24:02}/03/2004", hour, i] for i, hour in enumerate(hours)]
    source = one(write(tmp_path / "a.csv", ["Date", "Hour", "load"], rows, ";"))
    assert source.spec.input.axes[0].spacing == 3600


def test_train_and_test_that_follow_one_another(tmp_path: Path) -> None:
    rows: list[list[object]] = [[date(2020, 1, 1) + timedelta(days=i), i % 7, i] for i in range(90)]
    write(tmp_path / "DailyTrain.csv", ["date", "a", "b"], rows[:60])
    write(tmp_path / "DailyTest.csv", ["date", "a", "b"], rows[60:])
    assert sizes(one(tmp_path))[0] == ("time", 90)


def test_a_label_beside_a_series_makes_it_less_sure(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [date(2020, 1, 1) + timedelta(days=i), i % 7, "ab"[i // 30 % 2]] for i in range(90)
    ]
    source = one(write(tmp_path / "a.csv", ["date", "x", "label"], rows))
    assert source.spec.target is not None
    assert source.spec.target.confidence < 0.8
    assert source.spec.target.choices == ("all", "label")


def test_rows_sorted_by_their_class_are_no_series(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows: list[list[object]] = [
        [*np.round(rng.normal(kind * 9, 1, 4), 2), kind] for kind in range(3) for _ in range(50)
    ]
    assert readers.read(write(tmp_path / "a.csv", None, rows)).spec.format == "table"


# --- lists and pictures ---------------------------------------------------------------------------


def test_lists_in_json_lines(tmp_path: Path) -> None:
    values, kinds = waves()
    lines = [
        json.dumps({"id": i, "signal": values[i][:size].tolist(), "label": "ab"[kinds[i]]})
        for i, size in enumerate(lengths())
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    source = readers.read(tmp_path)
    assert sizes(source) == [("time", None), ("channel", 1)]
    assert target(source) == ("label", "category")
    assert np.asarray(source.read(2))[:, 0].tolist() == pytest.approx(values[2][:22].tolist())


def test_columns_of_lists_are_channels(tmp_path: Path) -> None:
    values, kinds = waves()
    rows: list[list[object]] = [
        [" ".join(map(str, row)), " ".join(map(str, -row)), kind]
        for row, kind in zip(values, kinds, strict=True)
    ]
    source = readers.read(write(tmp_path / "a.csv", ["x", "y", "class"], rows))
    assert sizes(source) == [("time", STEPS), ("channel", 2)]


def test_a_list_that_is_damaged_is_one_unreadable_sample(tmp_path: Path) -> None:
    values, kinds = waves()
    rows = [
        {"signal": json.dumps(row.tolist()), "label": kind} for row, kind in zip(values, kinds, strict=True)
    ]
    rows[4]["signal"] = "[1, 2, oops]"
    (tmp_path / "a.json").write_text(json.dumps(rows))
    with pytest.raises(UnreadableSampleError, match="mend the list"):
        readers.read(tmp_path).read(4)


def blobs(side: int = 10, count: int = 80) -> list[list[int]]:
    """Smooth pictures of 0 to 255, flattened."""
    rng = np.random.default_rng(0)
    place = np.arange(side)
    found = []
    for _ in range(count):
        x, y = rng.uniform(2, side - 2, 2)
        picture = 255 * np.exp(-((place - x)[None] ** 2 + (place - y)[:, None] ** 2) / 8)
        found.append(picture.astype(int).ravel().tolist())
    return found


@pytest.mark.parametrize("form", ["named", "bare", "cell", "grid names"])
def test_pictures_in_rows(tmp_path: Path, form: str) -> None:
    pixels = blobs()
    names = {
        "named": [f"pixel{i}" for i in range(100)],
        "grid names": [f"{i}x{j}" for i in range(10) for j in range(10)],
    }
    header = ["label", *names[form]] if form in names else ["emotion", "pixels"] if form == "cell" else None
    rows: list[list[object]] = [
        [i % 4, " ".join(map(str, row))] if form == "cell" else [i % 4, *row] for i, row in enumerate(pixels)
    ]
    source = readers.read(write(tmp_path / "a.csv", header, rows))
    assert sizes(source) == [("height", 10), ("width", 10), ("channel", 1)]
    assert np.asarray(source.read(7)).ravel().tolist() == pixels[7]
    assert target(source)[1] == "category"


def test_a_series_of_a_square_number_of_whole_numbers_is_no_picture(tmp_path: Path) -> None:
    values, kinds = waves(COUNT, 100)
    rows = [
        [kind, *np.round(100 + 90 * row).clip(0, 255).astype(int)]
        for row, kind in zip(values, kinds, strict=True)
    ]
    assert sizes(readers.read(write(tmp_path / "a.csv", None, rows)))[0] == ("time", 100)


def test_rows_of_numbers_of_which_some_are_shorter_are_series(tmp_path: Path) -> None:
    """As UCR's files of varying lengths: the label first, white space between, most rows of one length."""
    values, kinds = waves()
    known = [STEPS if i % 6 else 8 + i // 6 for i in range(COUNT)]
    lines = [
        " ".join(map(str, [float(kind), *row[:length]]))
        for row, kind, length in zip(values, kinds, known, strict=True)
    ]
    (tmp_path / "Varying_TRAIN").write_text("\n".join(lines))
    source = readers.read(tmp_path)
    assert sizes(source) == [("time", None), ("channel", 1)]
    assert [len(source.read(i)) for i in range(COUNT)] == known
    assert target(source)[1] == "category"
