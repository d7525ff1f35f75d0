"""Tables of labels that lie beside the files, whatever their columns are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import UsageError
from advisor.readers.file_names import Names
from advisor.readers.labelling import label_files
from advisor.readers.labelling.label_files import FileLabels

FILES = [f"images/{number:03d}.png" for number in range(24)]
CLASSES = ["cat" if number % 3 else "dog" for number in range(24)]


def find(tmp_path: Path, text: str, name: str = "labels.csv", target: str | None = None) -> FileLabels | None:
    (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    return label_files.find(tmp_path, FILES, [name, "README.md"], target)


def lines(pattern: str) -> str:
    """One line for each file; `{0}` its number, `{1}` its class."""
    return "".join(pattern.format(number, label) + "\n" for number, label in enumerate(CLASSES))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.csv", "file,label\n" + lines("{0:03d}.png,{1}")),
        ("train.csv", "id,breed\n" + lines("{0:03d},{1}")),
        ("a.csv", "id;art\n" + lines("{0};{1}")),
        ("labels.tsv", lines("images/{0:03d}.png\t{1}")),
        ("list.txt", lines("/home/me/data/images/{0:03d}.png {1}")),
        ("meta/x.csv", "n,path,what\n" + lines("{0},.\\images\\{0:03d}.PNG,{1}")),
        ("other.csv", "picture,species,size\n" + lines("{0:03d}.jpg,{1},{0}.5")),
    ],
)
def test_the_columns_are_found_by_their_cells(tmp_path: Path, name: str, text: str) -> None:
    found = find(tmp_path, text, name)
    assert found is not None
    assert [found.cells[place] for place in range(24)] == [[label] for label in CLASSES]
    assert found.column.kind == "category"


def test_a_column_without_a_usual_name_is_a_guess(tmp_path: Path) -> None:
    found = find(tmp_path, "file,art,ort\n" + lines("{0:03d}.png,{1},x{0}"))
    assert found is not None
    assert (found.column.name, found.column.is_named) == ("art", False)


def test_target_chooses_another_column(tmp_path: Path) -> None:
    text = "file,label,price\n" + lines("{0:03d}.png,{1},{0}.25")
    found = find(tmp_path, text, target="price")
    assert found is not None
    assert (found.column.name, found.column.kind) == ("price", "number")
    with pytest.raises(UsageError, match="did you mean 'price'"):
        find(tmp_path, text, target="prices")


@pytest.mark.parametrize(
    ("header", "row", "kind"),
    [
        ("file,age", "{0:03d}.png,{0}.5", "number"),
        ("file,caption", "{0:03d}.png,a picture of a {1} that sits on number {0}", "text"),
        ("file,class,xmin,ymin,xmax,ymax", "{0:03d}.png,{1},1,2,3,{0}", "boxes"),
        ("ImageId,EncodedPixels", "{0:03d}.png,1 {0}", "mask"),
    ],
)
def test_kinds_of_targets(tmp_path: Path, header: str, row: str, kind: str) -> None:
    found = find(tmp_path, header + "\n" + lines(row))
    assert found is not None
    assert found.column.kind == kind


def test_several_tags_in_one_cell(tmp_path: Path) -> None:
    rows = "".join(f"{i:03d}.png,{c} {'clear' if i % 2 else 'haze river'}\n" for i, c in enumerate(CLASSES))
    found = find(tmp_path, "image,tags\n" + rows)
    assert found is not None
    assert found.column.kind == "labels"


def test_one_column_for_each_class(tmp_path: Path) -> None:
    rows = "".join(f"{i:03d},{int(c == 'cat')},{int(c == 'dog')}\n" for i, c in enumerate(CLASSES))
    found = find(tmp_path, "image_id,cat,dog\n" + rows)
    assert found is not None
    assert found.column.kind == "category"
    assert [found.cells[place][0] for place in range(24)] == CLASSES


def test_several_classes_at_once(tmp_path: Path) -> None:
    rows = "".join(f"{i:03d}.png {1 if i % 2 else -1} {1 if i % 3 else -1}\n" for i in range(24))
    found = find(tmp_path, "24\nSmiling Young\n" + rows, "list.txt")
    assert found is not None
    assert found.column.kind == "labels"
    assert [found.cells[place][0] for place in range(4)] == [
        label_files.NONE_SET,
        "Smiling|Young",
        "Young",
        "Smiling",
    ]


def test_rows_without_a_file_are_counted(tmp_path: Path) -> None:
    found = find(tmp_path, "file,label\n" + lines("{0:03d}.png,{1}") + "../../etc/passwd,cat\n999.png,dog\n")
    assert found is not None
    assert [one.reason for one in found.skipped] == [label_files.NO_FILE] * 2
    assert len(found.cells) == 24


def test_a_table_of_far_more_files_than_there_are(tmp_path: Path) -> None:
    more = "".join(f"x{number},cat\n" for number in range(500))
    found = find(tmp_path, "file,label\n" + more + lines("{0:03d}.png,{1}"))
    assert found is not None
    assert len(found.cells) == 24


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1.5,2\n3.5,4\n",
        "age,label\n" + "".join(f"{number % 5},{number % 2}\n" for number in range(60)),
        "file\n" + lines("{0:03d}.png"),
        "",
    ],
)
def test_tables_that_label_no_files(tmp_path: Path, text: str) -> None:
    assert find(tmp_path, text) is None


def test_a_sample_submission_is_no_table_of_labels(tmp_path: Path) -> None:
    assert find(tmp_path, "id,label\n" + lines("{0:03d},0"), "sample_submission.csv") is None


def test_parts_come_from_a_column_or_from_the_tables_names(tmp_path: Path) -> None:
    by_column = find(tmp_path, "file,label,split\n" + lines("{0:03d}.png,{1},TRAIN"))
    assert by_column is not None
    assert set(by_column.parts.values()) == {"train"}
    both = lines("{0:03d}.png,{1}").splitlines(keepends=True)
    (tmp_path / "train.csv").write_text("file,label\n" + "".join(both[:16]))
    (tmp_path / "val.csv").write_text("file,label\n" + "".join(both[16:]))
    found = label_files.find(tmp_path, FILES, ["train.csv", "val.csv"])
    assert found is not None
    assert [list(found.parts.values()).count(part) for part in ("train", "validation")] == [16, 8]


def test_files_of_one_name_are_told_apart_by_their_folders() -> None:
    names = Names(["cam1/a.png", "cam2/a.png", "cam2/b.png"])
    assert names.find("data/cam2/a.png", "") == [1]
    assert names.find("a.png", "cam1") == [0]
    assert names.find("a.png", "") == [0, 1]
    assert names.find("B", "") == [2]


@given(st.text(max_size=30), st.text(max_size=10))
def test_any_cell_is_held_against_names_only(cell: str, near: str) -> None:
    assert set(Names(FILES).find(cell, near)) <= set(range(len(FILES)))


def test_captions_behind_a_colon_name_files_of_one_folder(tmp_path: Path) -> None:
    files = [
        *(f"mine/{i:03d}.{('jpg', 'png')[i % 2]}" for i in range(8)),
        *(f"other/{i:03d}.jpg" for i in range(8)),
    ]
    rows = [
        f"{file.removeprefix('mine/')}: A dog{', seen' * (i % 2)} from {i} sides\n"
        for i, file in enumerate(files[:8])
    ]
    (tmp_path / "captions.txt").write_text("".join(rows))
    found = label_files.find(tmp_path, files, ["captions.txt"])
    assert found is not None
    assert (found.column.kind, sorted(found.cells)) == ("text", list(range(8)))
    assert found.cells[3] == ["A dog, seen from 3 sides"]


def test_of_numbers_without_a_header_those_of_classes(tmp_path: Path) -> None:
    rows = "".join(f"{number:03d}.png 1 {50 + 7 * number} {number % 2}\n" for number in range(24))
    found = find(tmp_path, rows, "annotations.txt")
    assert found is not None
    assert (found.column.name, found.column.kind) == ("column3", "category")


def test_files_of_one_word_are_named_by_their_numbers() -> None:
    names = Names(["a/take_7.csv", "a/take_12.csv", "a/take_012.csv", "a/take_030.csv"])
    assert [names.find(cell, "") for cell in ("7", "12", "30", "3")] == [[0], [], [3], []]
    assert Names(["a_1.csv", "b_2.csv"]).find("1", "") == []
