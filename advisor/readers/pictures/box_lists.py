"""What files say that list the boxes of many pictures: COCO, and tables with a row per box."""

from __future__ import annotations

import csv
import re
from collections.abc import Container
from pathlib import Path
from typing import Any

from advisor.errors import UnreadableSampleError, UnsafeDataError
from advisor.readers.pictures.box_files import MAX_JSON_BYTES, Boxes, bare_name, head, objects, parsed

MAX_TABLE_BYTES = 256 * 2**20  # read row by row, in about three seconds
ROWS_LOOKED_AT = 20
BOX_COLUMNS = (
    frozenset({"xmin", "ymin", "xmax", "ymax"}),
    frozenset({"x1", "y1", "x2", "y2"}),
    frozenset({"x_min", "y_min", "x_max", "y_max"}),
    frozenset({"left", "top", "right", "bottom"}),
    frozenset({"x", "y", "w", "h"}),
    frozenset({"x", "y", "width", "height"}),
    frozenset({"bbox"}),
    frozenset({"bbox_x", "bbox_y", "bbox_width", "bbox_height"}),
)
"""Column names that say where a box is; x, y, width and height besides a column of file names."""
FILE_COLUMN = re.compile(r"(file|image|img|path|picture|photo|frame)[ _]?(name|id|file|path)?", re.I)
CLASS_COLUMN = re.compile(r"(class|label|category|name|object|type|cell_type)([ _]?(name|id))?", re.I)


def coco(path: Path) -> Boxes:
    """A COCO file: `images` with `file_name`, `annotations` with `bbox`, `categories` with `name`.

    Raises:
        UnsafeDataError: larger than MAX_JSON_BYTES.
        UnreadableSampleError: damaged, or of another form.
    """
    data = parsed(path)
    if not isinstance(data, dict):
        raise UnreadableSampleError(f"{path}: is no COCO file: its top is no object")
    images, notes, categories = (objects(data.get(key)) for key in ("images", "annotations", "categories"))
    boxed = [note for note in notes if note.get("bbox")]
    outlined = [note for note in notes if note.get("segmentation") and not note.get("bbox")]
    if not images or not (boxed or outlined):
        raise UnreadableSampleError(f"{path}: is no COCO file: it has no `images` or no `annotations`")
    used = {_key(note.get("image_id")) for note in (boxed or outlined)}
    found = Boxes(has_outlines=not boxed)
    found.pictures = {
        bare_name(str(image["file_name"]))
        for image in images
        if image.get("file_name") and _key(image.get("id")) in used
    }
    kinds = {_key(note.get("category_id")) for note in (boxed or outlined)}
    found.classes = {str(kind.get("name")) for kind in categories if _key(kind.get("id")) in kinds}
    return found


def is_coco(path: Path) -> bool:
    """Whether a file has the keys of a COCO file, looked for as text up to MAX_JSON_BYTES."""
    if not any(key in head(path) for key in (b'"images"', b'"annotations"', b'"categories"')):
        return False
    try:
        with path.open("rb") as file:
            text = file.read(MAX_JSON_BYTES)
    except OSError:
        return False
    return all(key in text for key in (b'"images"', b'"annotations"', b'"image_id"')) and (
        b'"bbox"' in text or b'"segmentation"' in text
    )


def table(path: Path) -> Boxes | None:
    """A table with a row per box: a column of file names and columns of corners; None for other tables.

    Raises:
        UnsafeDataError: larger than MAX_TABLE_BYTES.
    """
    if (columns := table_columns(path)) is None:
        return None
    file_column, class_column, delimiter = columns
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise UnsafeDataError(f"{path}: has more than {MAX_TABLE_BYTES:,} bytes: split it")
    found = Boxes()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            for row in csv.DictReader(file, delimiter=delimiter):
                if value := row.get(file_column):
                    found.pictures.add(bare_name(value))
                    if class_column is not None and row.get(class_column):
                        found.classes.add(str(row[class_column]))
        except csv.Error as error:
            raise UnreadableSampleError(f"{path}: cannot be parsed ({error}): repair it") from error
    return found


def is_table(path: Path, pictures: Container[str]) -> bool:
    """Whether a table of boxes names these pictures (by bare names, with or without suffix) in most of its
    first rows."""
    columns = table_columns(path)
    if columns is None:
        return False
    rows = head(path).decode("utf-8-sig", "replace").splitlines()[: ROWS_LOOKED_AT + 1]
    named = [row.get(columns[0]) or "" for row in csv.DictReader(rows, delimiter=columns[2])]
    known = sum(bare_name(name) in pictures for name in named)
    return 2 * known > len(named)


def table_columns(path: Path) -> tuple[str, str | None, str] | None:
    """The columns of file names and of classes, and the delimiter, of a table of boxes."""
    first = head(path).decode("utf-8-sig", "replace").splitlines()[:1]
    for line in first:
        delimiter = max(",;\t", key=line.count)
        names = [name.strip().strip('"') for name in line.split(delimiter)]
        lower = {name.lower() for name in names}
        if not any(columns <= lower for columns in BOX_COLUMNS):
            continue
        file_column = next((name for name in names if FILE_COLUMN.fullmatch(name)), None)
        if file_column is not None:
            others = (name for name in names if name != file_column and CLASS_COLUMN.fullmatch(name))
            return file_column, next(others, None), delimiter
    return None


def _key(value: Any) -> str:
    return str(value)
