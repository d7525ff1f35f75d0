"""Pictures with boxes in the forms of common tools; files of boxes are never run or followed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from advisor import readers
from advisor.errors import NoDataError, UnreadableSampleError, UnsafeDataError
from advisor.readers.pictures import box_files, box_lists, boxes, drawn_regions
from advisor.readers.source import Source

VOC = "<annotation><filename>{}</filename><object><name>{}</name><bndbox/></object></annotation>"


def pictures(folder: Path, count: int = 6) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        Image.effect_noise((24, 20), 60).save(folder / f"{i}.jpg")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def coco_text(count: int = 6, start: int = 0, **note: object) -> str:
    note = note or {"bbox": [1, 2, 3, 4]}
    return json.dumps(
        {
            "images": [{"id": i, "file_name": f"x/{i + start}.jpg"} for i in range(count)],
            "annotations": [{"id": i, "image_id": i, "category_id": i % 2, **note} for i in range(count)],
            "categories": [{"id": i, "name": f"class {i}"} for i in range(3)],
        }
    )


def goal(source: Source) -> tuple[str, int | None]:
    assert source.spec.target is not None
    assert source.spec.format == boxes.FORMAT
    return source.spec.target.kind, source.spec.target.classes


def test_voc_folders(tmp_path: Path) -> None:
    pictures(tmp_path / "VOC" / "JPEGImages")
    for i in range(5):
        write(tmp_path / "VOC" / "Annotations" / f"{i}.xml", VOC.format(f"{i}.jpg", "ab"[i % 2]))
    write(tmp_path / "VOC" / "ImageSets" / "Main" / "train.txt", "0\n1\n2\n")
    write(tmp_path / "VOC" / "ImageSets" / "Main" / "val.txt", "3\n4\n")
    write(tmp_path / "VOC" / "ImageSets" / "Main" / "a_val.txt", "0 1\n")
    source = readers.read(tmp_path)
    assert goal(source) == ("boxes", 2)
    assert (source.spec.splits.train, source.spec.splits.validation) == (3, 2)
    assert [one.reason for one in source.skipped] == ["a picture without boxes"]


def test_a_damaged_voc_file_is_skipped(tmp_path: Path) -> None:
    pictures(tmp_path)
    for i in range(6):
        write(tmp_path / f"{i}.xml", VOC.format(f"{i}.jpg", "a") if i else "<annotation><object>")
    source = readers.read(tmp_path)
    assert len(source) == 5
    assert any(one.where == "0.xml" and "cannot be parsed" in one.reason for one in source.skipped)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_a_document_type_is_refused(tmp_path: Path, encoding: str) -> None:
    text = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotation>&e;</annotation>'
    path = tmp_path / "0.xml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(UnsafeDataError, match="document type"):
        box_files.voc(path)


def test_a_large_xml_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_files, "MAX_XML_BYTES", 20)
    with pytest.raises(UnsafeDataError, match="more than 20 bytes"):
        box_files.voc(write(tmp_path / "0.xml", VOC))


def test_yolo_folders(tmp_path: Path) -> None:
    for part in ("train", "val"):
        pictures(tmp_path / "images" / part)
        for i in range(6):
            text = f"{i % 2} 0.5 0.5 0.1 0.2\n" if i else ""  # a picture without things
            write(tmp_path / "labels" / part / f"{i}.txt", text)
    write(tmp_path / "data.yaml", "nc: 3\nnames:\n  0: cat\n  1: dog\n  2: 'big bird'\ntrain: x\n")
    source = readers.read(tmp_path)
    assert goal(source) == ("boxes", 3)
    assert (source.spec.splits.train, source.spec.splits.validation) == (6, 6)


def test_yolo_outlines_are_masks(tmp_path: Path) -> None:
    pictures(tmp_path / "images")
    for i in range(6):
        write(tmp_path / "labels" / f"{i}.txt", "0 0.1 0.1 0.2 0.2 0.3 0.1\n")
    assert goal(readers.read(tmp_path)) == ("mask", 1)


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("0 0.5 0.5 0.1 0.2\n3 0.5 0.5 0.1 0.2\n", {"0", "3"}),
        ("Car 0.0 0 1.5 61.2 18.3 72.1 28.4\n", {"Car"}),
        ("gsd:0.14\n1.0 1.0 9.0 1.0 9.0 9.0 1.0 9.0 ship 0\n", {"ship"}),
        ("", set()),
        ("3 dogs run over 2 hills\n", None),
        ("0.5 0.5 0.1 0.2 0.3\n", None),
        ("1 2\n", None),
    ],
)
def test_lines_of_boxes(tmp_path: Path, text: str, classes: set[str] | None) -> None:
    found = box_files.lines(write(tmp_path / "0.txt", text))
    assert (None if found is None else found.classes) == classes


def test_captions_beside_pictures_are_no_boxes(tmp_path: Path) -> None:
    for label in "ab":
        pictures(tmp_path / label)
        for i in range(6):
            write(tmp_path / label / f"{i}.txt", "a dog runs over the grass\n")
    assert boxes.sniff(tmp_path) == 0
    assert readers.read(tmp_path).spec.format == "image-folder"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names: [a, 'b c', \"d\"]\n", ["a", "b c", "d"]),
        ("names: {0: a, 1: b}\n", ["a", "b"]),
        ("names:\n- a\n- b # why\nnc: 2\n", ["a", "b"]),
        ("names:\n  0: a\n  1: b\n", ["a", "b"]),
        ("names: !!python/object/apply:os.system ['ls']\n", []),
        ("nc: 3\n", []),
    ],
)
def test_names_of_a_yaml_file(text: str, names: list[str]) -> None:
    assert box_files.yaml_names(text) == names


@given(st.text(max_size=200))
def test_any_yaml_gives_names(text: str) -> None:
    assert all(name for name in box_files.yaml_names(f"names: {text}"))


@given(st.binary(max_size=200))
def test_any_bytes_are_boxes_or_not(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.txt"
        path.write_bytes(data)
        found = box_files.lines(path)
        assert found is None or isinstance(found, box_files.Boxes)
        with pytest.raises((UnreadableSampleError, UnsafeDataError)):
            box_lists.coco(path)


def test_coco_files_belong_to_parts(tmp_path: Path) -> None:
    for part in ("train", "val"):
        pictures(tmp_path / f"{part}2017")
        write(tmp_path / "annotations" / f"instances_{part}2017.json", coco_text())
    pictures(tmp_path / "test2017", 3)
    source = readers.read(tmp_path)
    assert goal(source) == ("boxes", 2)
    assert (source.spec.splits.train, source.spec.splits.validation, len(source)) == (6, 6, 12)


def test_coco_outlines_without_boxes_are_masks(tmp_path: Path) -> None:
    pictures(tmp_path / "images")
    write(tmp_path / "a.json", coco_text(segmentation=[[1, 2, 3, 4, 5, 6]]))
    assert goal(readers.read(tmp_path)) == ("mask", 2)


def test_coco_captions_are_no_boxes(tmp_path: Path) -> None:
    pictures(tmp_path / "a")
    pictures(tmp_path / "b")
    write(tmp_path / "captions.json", coco_text(caption="a dog"))
    assert readers.read(tmp_path).spec.format == "image-folder"


def test_boxes_of_pictures_that_are_not_there_are_counted(tmp_path: Path) -> None:
    pictures(tmp_path / "images", 4)
    write(tmp_path / "a.json", coco_text())
    source = readers.read(tmp_path)
    assert len(source) == 4
    assert [one.reason for one in source.skipped] == ["boxes of a picture that is not there"] * 2


def test_paths_in_label_files_never_leave_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    pictures(outside, 2)
    pictures(tmp_path / "data" / "images", 4)
    text = coco_text().replace("x/5.jpg", f"{outside}/1.jpg").replace("x/4.jpg", "../../outside/0.jpg")
    write(tmp_path / "data" / "a.json", text)
    source = readers.read(tmp_path / "data")
    assert set(source.ids) == {f"images/{i}.jpg" for i in range(4)}


def test_deeply_nested_json_is_unreadable(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", "[" * 200_000)
    with pytest.raises(UnreadableSampleError, match="cannot be parsed"):
        box_lists.coco(path)


def test_a_large_json_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures(tmp_path / "images")
    write(tmp_path / "a.json", coco_text())
    monkeypatch.setattr(box_files, "MAX_JSON_BYTES", 100)
    with pytest.raises(UnsafeDataError, match="more than 100 bytes: split it"):
        boxes.read(tmp_path)


def test_labelme_files(tmp_path: Path) -> None:
    pictures(tmp_path)
    for i in range(6):
        shape = {"label": "a", "points": [[1, 2], [3, 4]], "shape_type": "rectangle"}
        write(tmp_path / f"{i}.json", json.dumps({"version": "5", "flags": {}, "shapes": [shape]}))
    assert goal(readers.read(tmp_path)) == ("boxes", 1)


def test_a_table_of_boxes(tmp_path: Path) -> None:
    pictures(tmp_path / "images")
    rows = [f"{i}.jpg,24,20,{'ab'[i % 2]},1,1,5,5" for i in range(6) for _ in range(2)]
    write(
        tmp_path / "labels.csv", "\n".join(["filename,width,height,class,xmin,ymin,xmax,ymax", *rows, "bad"])
    )
    source = readers.read(tmp_path)
    assert goal(source) == ("boxes", 2)
    assert len(source) == 6


def test_a_table_of_other_pictures_is_not_taken(tmp_path: Path) -> None:
    for label in "ab":
        pictures(tmp_path / label)
    write(tmp_path / "boxes.csv", "image,x,y,w,h\nelsewhere.png,1,2,3,4\n")
    assert boxes.sniff(tmp_path) == 0


def test_few_boxes_among_many_pictures_are_not_the_data(tmp_path: Path) -> None:
    for label in "ab":
        pictures(tmp_path / label, 10)
    for i in range(3):
        write(tmp_path / "a" / f"{i}.xml", VOC.format(f"{i}.jpg", "x"))
    assert readers.read(tmp_path).spec.format == "image-folder"


def test_nothing_with_boxes_says_what_to_do(tmp_path: Path) -> None:
    pictures(tmp_path)
    with pytest.raises(NoDataError, match="no pictures with boxes"):
        boxes.read(tmp_path)


def test_pictures_are_read_as_pictures(tmp_path: Path) -> None:
    pictures(tmp_path)
    for i in range(6):
        write(tmp_path / f"{i}.xml", VOC.format(f"{i}.jpg", "a"))
    source = readers.read(tmp_path)
    assert np.asarray(source.read(0)).shape == (20, 24, 1)
    assert source.labels is None


def region(shape: str, **attributes: object) -> dict[str, object]:
    return {"shape_attributes": {"name": shape, "x": 1}, "region_attributes": attributes}


def via_text(shape: str, *, project: bool, as_list: bool, count: int = 6) -> str:
    pictures = {}
    for i in range(count):
        drawn = [region(shape, note="", insect=f"kind {i % 2}"), region("point", insect="eye")]
        regions = drawn if as_list else {str(place): one for place, one in enumerate(drawn)}
        pictures[f"{i}.jpg99"] = {"filename": f"{i}.jpg", "size": 99, "regions": regions}
    return json.dumps({"_via_settings": {}, "_via_img_metadata": pictures} if project else pictures)


@pytest.mark.parametrize("project", [False, True])
@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize(("shape", "kind"), [("rect", "boxes"), ("polygon", "mask")])
def test_via_files_of_each_part(tmp_path: Path, project: bool, as_list: bool, shape: str, kind: str) -> None:
    for part in ("train", "val"):
        pictures(tmp_path / part)
        write(tmp_path / part / "via.json", via_text(shape, project=project, as_list=as_list))
    source = readers.read(tmp_path)
    assert goal(source) == (kind, 2)
    assert (source.spec.splits.train, source.spec.splits.validation) == (6, 6)


def test_a_via_table(tmp_path: Path) -> None:
    pictures(tmp_path)
    with (tmp_path / "via.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["#filename", "file_size", "region_count", "region_shape_attributes", "region_attributes"]
        )
        for i in range(6):
            shape, attributes = region("circle", kind="ab"[i % 2]).values()
            rows.writerow(
                [f"{i}.jpg", 99, int(i > 0), json.dumps(shape if i else {}), json.dumps(attributes)]
            )
        rows.writerow(["5.jpg", 99, 1, "no JSON"])
    source = readers.read(tmp_path)
    assert goal(source) == ("mask", 2)
    assert len(source) == 5


def test_cvat_files(tmp_path: Path) -> None:
    pictures(tmp_path / "images")
    pictures(tmp_path / "backgrounds", 4)
    drawn = [
        f'<image id="{i}" name="images/{i}.jpg"><box label="{"ab"[i % 2]}"/><tag label="x"/></image>'
        for i in range(5)
    ]
    empty = '<image id="5" name="5.jpg"></image>'
    labels = "<meta><label><name>c</name></label></meta>"
    write(tmp_path / "annotations.xml", f"<annotations>{labels}{''.join(drawn)}{empty}</annotations>")
    source = readers.read(tmp_path)
    assert goal(source) == ("boxes", 2)
    assert len(source) == 5


def test_regions_of_few_pictures_are_not_the_data(tmp_path: Path) -> None:
    for label in "ab":
        pictures(tmp_path / label, 20)
    text = via_text("rect", project=False, as_list=True, count=3)
    write(tmp_path / "via.json", text)
    assert readers.read(tmp_path).spec.format == "image-folder"


def test_a_cvat_file_with_a_document_type_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><annotations></annotations>")
    with pytest.raises(UnsafeDataError, match="document type"):
        drawn_regions.cvat(path)
