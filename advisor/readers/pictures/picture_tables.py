"""Parquet files with a picture in each row, as the Hugging Face hub keeps them: bytes beside labels."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import AdvisorError, DataError, NoDataError, UnreadableSampleError
from advisor.readers import folders, part_names
from advisor.readers.labels import MAX_CLASSES_OF_NUMBERS, split_counts
from advisor.readers.pictures import images, pixels
from advisor.readers.source import Source
from advisor.readers.table import arrow_rows
from advisor.readers.table.table_rows import Rows, column_labels
from advisor.readers.table.target_guess import free_columns, given_target, guess_target
from advisor.records import Axis, DatasetSpec, InputSpec

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

FORMAT = "picture-table"
MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
MAX_GROUP = 2**29  # bytes of one group of rows, which is read at once
HELD_GROUPS = 4
HEADERS = 200  # pictures whose headers are read to tell sizes and colours


@dataclass(frozen=True)
class Place:
    """Where a picture lies: file, group of rows, row within the group."""

    file: Path
    group: int
    row: int


def sniff(path: Path) -> int:
    """How many Parquet files hold pictures; 0 is not this form."""
    files = _files(path)
    return len(files) if files and _picture_column(files[0]) is not None else 0


def read(path: Path, *, target: str | None = None) -> Source:
    """Pictures as uint8 (height, width, channel), decoded when asked for; the label is a column beside them.

    Raises:
        NoDataError: no Parquet file with pictures.
        DataError: files with different columns.
        UsageError: `target` is no column.
    """
    files = [file for file in _files(path) if _picture_column(file) is not None]
    if not files:
        raise NoDataError(f"{path}: holds no Parquet file with a picture in each row")
    column = _picture_column(files[0]) or ""
    rows, places = _beside(path, files, column)
    kinds = rows.kinds()
    guess = given_target(rows, target) if target else guess_target(rows, kinds, free_columns(kinds))
    labels = None if guess is None else column_labels(rows, guess.position, MAX_CLASSES_OF_NUMBERS)
    sizes = _sizes([_bytes(places[i], column) for i in range(0, len(places), max(1, len(places) // HEADERS))])
    channels = max((found[2] for found in sizes), default=3)
    parts = rows.given_parts() if labels is not None else None
    axes = (
        *(
            Axis.model_validate({"name": name, "size": found.pop() if len(found) == 1 else None})
            for name, found in (("height", {one[0] for one in sizes}), ("width", {one[1] for one in sizes}))
        ),
        Axis(name="channel", size=channels),
    )
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=len(places),
            inputs=(InputSpec(name="image", dtype="uint8", axes=axes),),
            target=guess.spec(rows.header[guess.position], labels) if guess and labels is not None else None,
            splits=split_counts(parts, labels),
        ),
        ids=rows.ids,
        read=lambda i: _decode(places[i], column, channels),
        labels=labels,
        parts=parts,
        skipped=rows.skipped,
    )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if folders.suffix(path.name) in arrow_rows.PARQUET_SUFFIXES else []
    if not folders.has_any(path, arrow_rows.PARQUET_SUFFIXES):
        return []
    entries = (Path(entry.path) for entry in folders.files_below(path))
    found = [entry for entry in entries if folders.suffix(entry.name) in arrow_rows.PARQUET_SUFFIXES]
    return sorted(found, key=lambda file: folders.natural(str(file)))


def _open(file: Path) -> ParquetFile:
    import pyarrow
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{file}: cannot be read ({str(error).splitlines()[0]}): write it again") from error


def _picture_column(file: Path) -> str | None:
    """The column of bytes, `image.bytes` where it lies in a record, that begins as pictures do."""
    try:
        opened = _open(file)
    except (AdvisorError, ImportError):
        return None
    with opened:
        schema = opened.schema
        names = [schema.column(i).path for i in range(len(schema))]
        binary = [name for i, name in enumerate(names) if _is_bytes(schema.column(i))]
        if opened.metadata.num_rows == 0 or opened.metadata.row_group(0).total_byte_size > MAX_GROUP:
            return None
        for name in binary:
            first = next(opened.iter_batches(batch_size=1, columns=[name]), None)
            value = None if first is None else _inner(first.column(0).to_pylist()[0], name)
            if isinstance(value, bytes) and value.startswith(MAGIC):
                return str(name)
    return None


def _is_bytes(column: Any) -> bool:
    return bool(column.physical_type == "BYTE_ARRAY" and column.logical_type.type == "NONE")


def _inner(value: Any, name: str) -> Any:
    """The bytes of a record `{"bytes": …, "path": …}`."""
    for key in name.split(".")[1:]:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _beside(path: Path, files: Sequence[Path], column: str) -> tuple[Rows, list[Place]]:
    """All columns but the pictures, as rows; and where the picture of each row lies."""
    rows: list[tuple[str, ...]] = []
    places: list[Place] = []
    ids: list[str] = []
    parts: list[str] = []
    header: tuple[str, ...] | None = None
    root = column.partition(".")[0]
    for file in files:
        with _open(file) as opened:
            wanted = [name for name in opened.schema_arrow.names if name != root]
            table = opened.read(columns=wanted)
            names = table.column_names
            cells = {name: arrow_rows.cells_of(table.column(name)) for name in names}
            kept = tuple(name for name in names if cells[name] is not None)
            header = kept if header is None else header
            if kept != header:
                raise DataError(f"{file}: its columns ({', '.join(kept)}) are not those of {files[0].name}")
            groups = [opened.metadata.row_group(i).num_rows for i in range(opened.metadata.num_row_groups)]
        count = sum(groups)
        columns = [cells[name] or [""] * count for name in kept]
        rows += list(zip(*columns, strict=True)) if columns else [()] * count
        places += [Place(file, group, row) for group, size in enumerate(groups) for row in range(size)]
        part = part_names.part_within(file.stem) or part_names.part_of(file.parent.name) or ""
        parts += [part] * count
        ids += [f"{file.stem}/{i}" for i in range(count)]
    return Rows(path, header or (), True, tuple(rows), tuple(ids), tuple(parts), "", ()), places


@functools.lru_cache(maxsize=HELD_GROUPS)
def _group(file: Path, group: int, column: str) -> Any:
    with _open(file) as opened:
        if opened.metadata.row_group(group).total_byte_size > MAX_GROUP:
            raise UnreadableSampleError(f"{file}: its groups of rows are too large: write smaller ones")
        return opened.read_row_group(group, columns=[column]).column(0)


def _bytes(place: Place, column: str) -> bytes:
    value = _inner(_group(place.file, place.group, column)[place.row].as_py(), column)
    return value if isinstance(value, bytes) else b""


def _decode(place: Place, column: str, channels: int) -> NDArray[np.generic]:
    from PIL import ImageOps

    with images.opened(place.file, io.BytesIO(_bytes(place, column))) as picture:
        ImageOps.exif_transpose(picture, in_place=True)
        return pixels.as_uint8(picture, channels)


def _sizes(found: Sequence[bytes]) -> list[tuple[int, int, int]]:
    """Height, width and channels of those that can be opened."""
    sizes = []
    for data in found:
        try:
            with images.opened(Path("picture"), io.BytesIO(data)) as picture:
                sizes.append((picture.height, picture.width, 1 if pixels.is_grey(picture) else 3))
        except UnreadableSampleError:
            continue
    return sizes
