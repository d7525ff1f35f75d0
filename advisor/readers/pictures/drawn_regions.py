"""What files say in which tools keep the regions drawn on many pictures: VGG Image Annotator (VIA), CVAT.

As in `box_files` only the names of classes and of pictures are read, and whether regions are outlines.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from advisor.errors import UnreadableSampleError, UnsafeDataError
from advisor.readers.pictures.box_files import (
    MAX_JSON_BYTES,
    Boxes,
    bare_name,
    head,
    objects,
    parse_xml,
    parsed,
)
from advisor.readers.pictures.box_lists import CLASS_COLUMN, MAX_TABLE_BYTES

MAX_XML_BYTES = MAX_JSON_BYTES  # of the regions of all pictures; ten thousand polygons have some 10 MB
BOX_SHAPES = frozenset({"rect", "box", "cuboid"})
OUTLINES = frozenset({"polygon", "polyline", "circle", "ellipse", "mask"})
REGION_COLUMNS = ("region_shape_attributes", "region_attributes")  # of a table that VIA writes


@dataclass
class Regions:
    """Regions counted while a file is read.

    Attributes:
        pictures: bare names of those with a region.
        shapes: how many regions are boxes (False) and outlines (True).
        values: what each attribute of the regions says, counted.
    """

    pictures: set[str] = field(default_factory=set)
    shapes: Counter[bool] = field(default_factory=Counter)
    values: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, picture: str, shape: str, attributes: dict[str, Any]) -> None:
        """Counts a region; single points and whole pictures' tags are none."""
        if shape not in BOX_SHAPES | OUTLINES:
            return
        self.pictures.add(bare_name(picture))
        self.shapes[shape in OUTLINES] += 1
        for name, value in attributes.items():
            ticked = [one for one, is_so in value.items() if is_so] if isinstance(value, dict) else [value]
            self.values[name].update(text for one in ticked if (text := str(one).strip()))

    def boxes(self, path: Path) -> Boxes:
        """The same as boxes; the classes are the attribute that is called so, else the one given most often.

        Raises:
            UnreadableSampleError: there are none.
        """
        if not self.pictures:
            raise UnreadableSampleError(f"{path}: has no regions of pictures: draw some, or remove it")
        rank = {name: (bool(CLASS_COLUMN.fullmatch(name)), self.values[name].total()) for name in self.values}
        classes = set(self.values[max(rank, key=lambda name: rank[name])]) if rank else set()
        return Boxes(self.pictures, classes, has_outlines=self.shapes[True] > self.shapes[False])


def via(path: Path) -> Boxes:
    """A JSON file of VIA, exported or a whole project: `filename` and `regions` of each picture.

    Raises:
        UnsafeDataError: larger than MAX_JSON_BYTES.
        UnreadableSampleError: damaged, or without regions.
    """
    data = parsed(path)
    if isinstance(data, dict):
        data = data.get("_via_img_metadata", data)
    found = Regions()
    for picture in _values(data):
        for region in _values(picture.get("regions")):
            _add(
                found,
                picture.get("filename"),
                region.get("shape_attributes"),
                region.get("region_attributes"),
            )
    return found.boxes(path)


def is_via(path: Path) -> bool:
    """Whether the first bytes have keys of a JSON file of VIA."""
    first = head(path)
    return b'"_via_img_metadata"' in first or (b'"filename"' in first and b'"regions"' in first)


def via_table(path: Path) -> Boxes:
    """A CSV of VIA, with a row per region.

    Raises:
        UnsafeDataError: larger than MAX_TABLE_BYTES.
        UnreadableSampleError: damaged, or without regions.
    """
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise UnsafeDataError(f"{path}: has more than {MAX_TABLE_BYTES:,} bytes: split it")
    found = Regions()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            for row in csv.DictReader(file):
                shape, attributes = (_object(row.get(name)) for name in REGION_COLUMNS)
                _add(found, row.get("#filename") or row.get("filename"), shape, attributes)
        except csv.Error as error:
            raise UnreadableSampleError(f"{path}: cannot be parsed ({error}): repair it") from error
    return found.boxes(path)


def is_via_table(path: Path) -> bool:
    """Whether the first line has the columns of a CSV of VIA."""
    first = head(path).partition(b"\n")[0]
    return b"filename" in first and all(name.encode() in first for name in REGION_COLUMNS)


def cvat(path: Path) -> Boxes:
    """CVAT's XML for images: `annotations` with `image name`, and `box`, `polygon` and so on with a `label`.

    Raises:
        UnsafeDataError: larger than MAX_XML_BYTES, or it declares a document type.
        UnreadableSampleError: damaged, or without regions.
    """
    found = Regions()
    pictures: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "image":
            pictures.append(attributes.get("name", ""))
        elif pictures and pictures[-1] and "label" in attributes:
            found.add(pictures[-1], tag, {"label": attributes["label"]})

    def end(tag: str) -> None:
        if tag == "image":
            pictures.clear()

    parse_xml(path, MAX_XML_BYTES, start, end)
    return found.boxes(path)


def is_cvat(path: Path) -> bool:
    """Whether the first bytes are those of a file of CVAT, of images or not."""
    return b"<annotations>" in head(path)[:4096]


def _add(found: Regions, picture: Any, shape: Any, attributes: Any) -> None:
    if isinstance(picture, str) and picture and isinstance(shape, dict):
        found.add(picture, str(shape.get("name")), attributes if isinstance(attributes, dict) else {})


def _object(cell: str | None) -> Any:
    """The JSON that a cell holds; None where it holds none."""
    try:
        return json.loads(cell or "")
    except (ValueError, RecursionError):
        return None


def _values(data: Any) -> Iterable[dict[str, Any]]:
    """The objects of a JSON array, or those that an object holds by name."""
    return objects(list(data.values()) if isinstance(data, dict) else data)
