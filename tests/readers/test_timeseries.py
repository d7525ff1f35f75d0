"""`.ts` files: lengths, channels, missing values, labels of both kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import readers
from advisor.errors import DataError, UnreadableSampleError

HEADER = "#comment\n@problemName Made\n@timeStamps false\n@univariate false\n{label}\n@data\n"
CLASSES = "@classLabel true a b"


def write(path: Path, *lines: str, label: str = CLASSES) -> Path:
    path.write_text(HEADER.format(label=label) + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_pair_of_train_and_test(tmp_path: Path) -> None:
    write(tmp_path / "Made_TEST.ts", "1,2,3:4,5,6:a")
    write(tmp_path / "Made_TRAIN.ts", "1,2:4,5:a", "7,8,9:1,2,3:b")
    source = readers.read(tmp_path)
    assert source.spec.format == "ts"
    assert (source.spec.splits.train, source.spec.splits.test) == (2, 1)
    assert list(source.ids) == ["train/0", "train/1", "test/0"]
    assert [axis.size for axis in source.spec.input.axes] == [None, 2]
    assert np.array_equal(np.asarray(source.read(0)), [[1, 4], [2, 5]])


def test_missing_values_are_nan(tmp_path: Path) -> None:
    source = readers.read(write(tmp_path / "one.ts", "1,?,3:4,5,6:a", "1,2,3:4,5,6:b"))
    assert np.isnan(np.asarray(source.read(0))[:, 0]).tolist() == [False, True, False]
    assert [axis.size for axis in source.spec.input.axes] == [3, 2]


def test_a_target_label_is_a_number(tmp_path: Path) -> None:
    source = readers.read(write(tmp_path / "one.ts", "1,2:0.5", "3,4:-2e1", label="@targetLabel true"))
    assert source.spec.target is not None
    assert source.spec.target.kind == "number"
    assert source.labels is not None
    assert source.labels.tolist() == [0.5, -20.0]


def test_time_stamps_are_left_out(tmp_path: Path) -> None:
    lines = ("(2004-10-01 00:00:00,1.5),(2004-10-01 01:00:00,2):a", "(0,3),(1,4):b")
    write(tmp_path / "one.ts", *lines, label=f"@timeStamps true\n{CLASSES}")
    source = readers.read(tmp_path)
    assert np.asarray(source.read(0))[:, 0].tolist() == [1.5, 2.0]


def test_series_without_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "new.ts", "1,2:3,4", label="@classLabel false")
    source = readers.read_unlabelled(path, "ts")
    assert source.labels is None
    assert np.asarray(source.read(0)).shape == (2, 2)


def test_labels_are_left_out_of_new_series(tmp_path: Path) -> None:
    source = readers.read_unlabelled(write(tmp_path / "new.ts", "1,2:3,4:a"), "ts")
    assert (source.labels, np.asarray(source.read(0)).shape) == (None, (2, 2))


def test_a_label_that_the_header_does_not_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 8: the label 'c' is none of `@classLabel` \(a, b\)"):
        readers.read(write(tmp_path / "one.ts", "1,2:a", "1,2:c"))


def test_a_cell_that_is_no_number(tmp_path: Path) -> None:
    source = readers.read(write(tmp_path / "one.ts", "1,2:a", "1,oops:b"))
    with pytest.raises(UnreadableSampleError, match="line 8"):
        source.read(1)


def test_series_with_different_numbers_of_channels(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="with 1 and with 2 channels"):
        readers.read(write(tmp_path / "one.ts", "1,2:3,4:a", "1,2:b"))


def test_two_problems_in_one_folder(tmp_path: Path) -> None:
    for name in ("A_TRAIN", "B_TRAIN"):
        write(tmp_path / f"{name}.ts", "1,2:a")
    with pytest.raises(DataError, match="holds several problems"):
        readers.read(tmp_path)


def test_typescript_is_no_series(tmp_path: Path) -> None:
    (tmp_path / "main.ts").write_text("export const one = 1;\n")
    assert readers.READERS["ts"].sniff(tmp_path) == 0


@given(
    series=st.lists(
        st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=9).map(tuple), min_size=1, max_size=6
    )
)
@settings(max_examples=25, deadline=None)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, series: list[tuple[float, ...]]
) -> None:
    path = tmp_path_factory.mktemp("ts") / "one.ts"
    write(path, *[",".join(map(repr, one)) + ":a" for one in series])
    source = readers.read(path)
    for i, one in enumerate(series):
        assert np.allclose(np.asarray(source.read(i))[:, 0], np.array(one, dtype=np.float32))
