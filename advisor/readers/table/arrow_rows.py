"""Parquet, Feather and Arrow files as rows, through pyarrow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from advisor.errors import DataError, MissingExtraError, UnsafeDataError
from advisor.readers.source import Skipped
from advisor.readers.table.delimited import MAX_BYTES, Table
from advisor.readers.table.json_rows import as_cell

if TYPE_CHECKING:
    from pyarrow import ChunkedArray, RecordBatch

PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})
SUFFIXES = PARQUET_SUFFIXES | {".feather", ".arrow"}
BATCH_ROWS = 8_192
INDEX = re.compile(r"__index_level_\d+__$")  # what pandas calls its row numbers
SAMPLE_CELLS, SAMPLE_BYTES = 2_000_000, 2**26  # from which a file is only looked at in part


def parse(path: Path, file: IO[bytes], *, whole: bool) -> Table:
    """Rows of a file; the first SAMPLE_CELLS cells unless `whole`. Columns of bytes are left out.

    Raises:
        MissingExtraError: pyarrow is not installed.
        DataError: a damaged file, or one without rows.
        UnsafeDataError: it says that it is larger than the limit unpacked.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", "reading Parquet and Feather files") from error
    columns: dict[str, list[str] | None] = {}
    rows = size = 0
    try:
        total, batches = _batches(path, file, whole)
        for batch in batches:
            batch.validate(full=True)  # else lying offsets lead anywhere in memory
            table = pyarrow.Table.from_batches([batch]).flatten()
            for i, name in enumerate(table.column_names):
                counts = INDEX.match(name) and pyarrow.types.is_integer(table.column(i).type)
                cells = None if counts else cells_of(table.column(i))
                size += 0 if cells is None else sum(map(len, cells))
                known = columns.setdefault(name, None if cells is None else [])
                if known is not None and cells is not None:
                    known.extend(cells)
            rows += batch.num_rows
            if whole and size > MAX_BYTES:
                raise UnsafeDataError(f"{path}: is larger than the limit of {MAX_BYTES:,} bytes: split it")
            if not whole and (rows * len(columns) >= SAMPLE_CELLS or size >= SAMPLE_BYTES):
                break
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({str(error).splitlines()[0]}): write it again") from error
    if not rows:
        raise DataError(f"{path}: holds no rows: give a file with one sample per row")
    skipped = [
        Skipped(f"column {name}", "numbers the rows" if INDEX.match(name) else "holds bytes")
        for name, cells in columns.items()
        if cells is None
    ]
    good = {name: cells for name, cells in columns.items() if cells is not None}
    if not good:
        raise DataError(f"{path}: has no column of numbers or text: give a table")
    return Table(
        path,
        tuple(good),
        True,
        tuple(zip(*good.values(), strict=True)),
        tuple(range(rows)),
        "",
        tuple(skipped),
        total=total if total is not None and total > rows else None,
    )


def _batches(path: Path, file: IO[bytes], whole: bool) -> tuple[int | None, Iterator[RecordBatch]]:
    import pyarrow
    from pyarrow import ipc, parquet

    if path.suffix.lower() in PARQUET_SUFFIXES:
        found = parquet.ParquetFile(file)
        size = sum(found.metadata.row_group(i).total_byte_size for i in range(found.metadata.num_row_groups))
        if whole and size > MAX_BYTES:
            raise UnsafeDataError(f"{path}: is larger than the limit of {MAX_BYTES:,} bytes: split it")
        return found.metadata.num_rows, found.iter_batches(batch_size=BATCH_ROWS)
    try:
        reader = ipc.open_file(file)
    except pyarrow.ArrowInvalid:
        file.seek(0)
        return None, iter(ipc.open_stream(file))
    return None, (reader.get_batch(i) for i in range(reader.num_record_batches))


def cells_of(column: ChunkedArray) -> list[str] | None:
    """The column as texts, "" where missing; None where it holds bytes."""
    import pyarrow
    from pyarrow import compute, types

    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return None
    if types.is_nested(kind) or types.is_decimal(kind) or types.is_duration(kind):
        return [as_cell(value) for value in column.to_pylist()]
    cells: list[str] = compute.fill_null(compute.cast(column, pyarrow.string()), "").to_pylist()
    return cells
