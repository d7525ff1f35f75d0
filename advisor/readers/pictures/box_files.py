"""What files of boxes say that have one picture each: PASCAL VOC, LabelMe, YOLO and KITTI lines.

Only the names of classes and which pictures have boxes are read; nothing here is ever run, and paths in
these files are only compared with the pictures that lie in the folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from advisor.errors import UnreadableSampleError, UnsafeDataError

MAX_XML_BYTES = 4 * 2**20  # of one picture's boxes; a thousand boxes have 0.3 MB
MAX_TEXT_BYTES = 4 * 2**20
MAX_JSON_BYTES = 128 * 2**20  # parsed, it has about eight times that in memory
HEAD_BYTES = 64 * 2**10  # read to tell a form


@dataclass
class Boxes:
    """Pictures with boxes by the bare names that the file gives them, and the classes of the boxes."""

    pictures: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    has_outlines: bool = False  # no boxes, but outlines of objects: masks


def voc(path: Path) -> Boxes:
    """A PASCAL VOC file: `annotation` with `filename` and `object/name`.

    Raises:
        UnsafeDataError: it declares a document type, by which XML can grow or read other files, or is
            larger than MAX_XML_BYTES.
        UnreadableSampleError: damaged, or no `annotation`.
    """
    found = Boxes()
    place: list[str] = []
    texts: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        place.append(tag)
        texts.clear()

    def end(tag: str) -> None:
        text = "".join(texts).strip()
        if place == ["annotation", "filename"] and text:
            found.pictures.add(bare_name(text))
        elif place == ["annotation", "object", "name"] and text:
            found.classes.add(text)
        place.pop()
        texts.clear()

    parse_xml(path, MAX_XML_BYTES, start, end, texts.append)
    return found


def parse_xml(
    path: Path,
    most: int,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], object] | None = None,
) -> None:
    """Calls these at each tag and text of a file; raises as `voc` does, beyond `most` bytes too."""
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = lambda *_: _refuse(path)
    data = bounded(path, most)
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise UnreadableSampleError(f"{path}: cannot be parsed ({error}): repair or remove it") from error


def is_voc(path: Path) -> bool:
    """Whether the first bytes are those of a PASCAL VOC file."""
    return b"<annotation" in head(path)[:4096].replace(b"\0", b"")


def lines(path: Path) -> Boxes | None:
    """A file with a line per box: `class x y width height` (YOLO), a name and numbers (KITTI), or corners
    and a name (DOTA); None where a line is anything else. An empty file is a picture without boxes."""
    try:
        text = bounded(path, MAX_TEXT_BYTES).decode("utf-8-sig", "strict")
    except (UnicodeDecodeError, UnsafeDataError, UnreadableSampleError):
        return None
    found = Boxes()
    outlines = count = 0
    for row in (line.replace(",", " ").split() for line in text.splitlines()):
        if not row or (len(row) == 1 and ":" in row[0]):  # `gsd:0.14` above the boxes
            continue
        label = _label(row)
        if label is None:
            return None
        found.classes.add(label)
        count += 1
        shares = all((_number(word) or 0.0) <= 1.5 for word in row[1:])
        outlines += row[0].isdecimal() and len(row) >= 7 and len(row) % 2 == 1 and shares
    found.has_outlines = 0 < count == outlines
    return found


def _label(row: list[str]) -> str | None:
    """The class that a line of a box names; None where it is no line of a box."""
    numeric = [_number(word) is not None for word in row]
    if len(row) < 5:
        return None
    if all(numeric[1:5]) and (row[0].isdecimal() or not numeric[0]):
        return row[0]
    name = next((word for word, number in zip(row, numeric, strict=True) if not number), None)
    return name if all(numeric[:4]) else None


def is_lines(path: Path) -> bool:
    """Whether a file has lines of YOLO or KITTI, at least one."""
    found = lines(path)
    return found is not None and bool(found.classes)


def class_names(root: Path, names: list[str]) -> list[str]:
    """Class names as YOLO folders keep them: `names` of a `data.yaml`, else the lines of `classes.txt`."""
    for name in sorted(names, key=lambda name: name.count("/")):
        bare = name.rpartition("/")[2].lower()
        if bare.endswith((".yaml", ".yml")):
            found = yaml_names(_text(root / name))
        elif bare in ("classes.txt", "obj.names", "labels.txt", "classes.names", "_darknet.labels"):
            found = [line.strip() for line in _text(root / name).splitlines() if line.strip()]
        else:
            continue
        if found:
            return found
    return []


def yaml_names(text: str) -> list[str]:
    """The list or mapping under `names:`, the only key that matters, without a YAML library."""
    match = re.search(r"^names\s*:[ \t]*(.*)$", text, re.M)
    if match is None:
        return []
    if match[1].startswith(("[", "{")):
        inside = re.match(r"[\[{]([^\]}]*)[\]}]", text[match.start(1) :])
        items = inside[1].split(",") if inside else []
    else:
        items = []
        for line in text[match.end() :].splitlines()[:10_000]:
            item = re.match(r"\s*(?:-|['\"]?\d+['\"]?\s*:)\s+(.*)$", line)
            if item:
                items.append(item[1])
            elif line.strip() and not line.lstrip().startswith("#"):
                break
    plain = [re.sub(r"^\s*\d+\s*:\s*", "", item).split(" #")[0].strip().strip("'\"") for item in items]
    return [name for name in plain if name]


def labelme(path: Path) -> Boxes:
    """A LabelMe file: `shapes`, each with a `label`, and `points` of a rectangle or an outline.

    Raises:
        UnsafeDataError: larger than MAX_JSON_BYTES.
        UnreadableSampleError: damaged, or without `shapes`.
    """
    data = parsed(path)
    shapes = objects(data.get("shapes")) if isinstance(data, dict) else []
    if not shapes:
        raise UnreadableSampleError(f"{path}: has no `shapes`: draw some, or remove it")
    found = Boxes(classes={str(shape.get("label")) for shape in shapes})
    found.has_outlines = any(shape.get("shape_type", "polygon") != "rectangle" for shape in shapes)
    return found


def is_labelme(path: Path) -> bool:
    """Whether the first bytes have keys of a LabelMe file."""
    first = head(path)
    return b'"shapes"' in first and (b'"points"' in first or b'"flags"' in first)


def _refuse(path: Path) -> None:
    raise UnsafeDataError(
        f"{path}: declares a document type, by which XML can grow without end: remove its <!DOCTYPE>"
    )


def parsed(path: Path) -> Any:
    """A JSON file; raises UnsafeDataError beyond MAX_JSON_BYTES, UnreadableSampleError for a damaged one."""
    try:
        return json.loads(bounded(path, MAX_JSON_BYTES))
    except (ValueError, RecursionError) as error:
        raise UnreadableSampleError(f"{path}: cannot be parsed ({error}): repair or remove it") from error


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON array; nothing of anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def bare_name(name: str) -> str:
    """What stands after the last slash, or the last backslash of Windows."""
    return name.replace("\\", "/").rpartition("/")[2]


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def bounded(path: Path, most: int) -> bytes:
    """All of a file; raises UnsafeDataError where it has more bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UnreadableSampleError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > most:
        raise UnsafeDataError(f"{path}: has more than {most:,} bytes: split it")
    return data


def _text(path: Path) -> str:
    try:
        return bounded(path, MAX_TEXT_BYTES).decode("utf-8-sig", "replace")
    except (UnreadableSampleError, UnsafeDataError):
        return ""


def head(path: Path) -> bytes:
    """The first HEAD_BYTES; nothing of what cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""
