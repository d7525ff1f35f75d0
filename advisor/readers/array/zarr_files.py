"""Zarr stores, version 2 and 3, in a folder. A store whose coding could run code is refused unopened.

Source of the format: https://zarr-specs.readthedocs.io
"""

from __future__ import annotations

import functools
import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, MissingExtraError, UnreadableSampleError, UnsafeDataError
from advisor.readers import bounded
from advisor.readers.array.stored import MAX_ARRAYS, MAX_AT_ONCE, MAX_HELD, Stored, part_of_words, words

MAX_JSON = 2**20  # bytes of one array's description
DEEPEST = 6
FAULTS = (
    OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, ArithmeticError,
    MemoryError, SystemError,
)  # fmt: skip
"""What zarr and its codecs raise on damaged stores; `SystemError` is Blosc's, for a size below zero."""
CODECS = frozenset(
    {"blosc", "zlib", "gzip", "zstd", "lz4", "lzma", "bz2", "shuffle", "delta", "fixedscaleoffset",
     "quantize", "bitround", "crc32", "crc32c", "adler32", "fletcher32", "bytes", "transpose", "packbits",
     "astype"}
)  # fmt: skip
"""What may pack the values. `pickle` can run code; texts of varying length (`vlen-utf8`) are not read."""


def arrays(path: Path) -> list[Stored]:
    """Every array of the store, with the names of its axes and its attributes where it has them.

    Raises:
        MissingExtraError: zarr is not installed.
        UnsafeDataError: values packed by a codec that could run code, or in huge pieces.
        DataError: damaged.
    """
    found = []
    for folder in _array_folders(path):
        described = _description(folder)
        codecs = set(_codec_names(described))
        if codecs & {"pickle"}:
            raise UnsafeDataError(
                f"{folder}: its values are pickles, and reading these can run code: write it as numbers"
            )
        if codecs <= CODECS:
            one = _stored(path, folder, described)
            found += [one] if one else []
        if len(found) >= MAX_ARRAYS:
            break
    if not found:
        raise DataError(f"{path}: holds no Zarr array of numbers: write one")
    return found


@dataclass(frozen=True)
class Packed:
    """Reads parts of an array, unpacking only the pieces that these lie in."""

    folder: Path

    def __getitem__(self, place: tuple[int | slice, ...]) -> NDArray[np.generic]:
        try:
            import zarr
        except ImportError as error:
            raise MissingExtraError("zarr", "fields", "reading Zarr stores") from error
        try:
            with bounded.memory():
                return np.asarray(zarr.open_array(str(self.folder), mode="r")[place])
        except FAULTS as error:
            raise UnreadableSampleError(
                f"{self.folder}: cannot be unpacked ({error}): write it again"
            ) from error


def _array_folders(path: Path) -> Iterator[Path]:
    """Folders that are arrays, without following links out of the store."""
    for folder, inner, files in os.walk(path, followlinks=False):
        here = Path(folder)
        depth = len(here.relative_to(path).parts)
        described = _json(here / "zarr.json") if "zarr.json" in files else {}
        if ".zarray" in files or described.get("node_type") == "array":
            inner.clear()
            if not _has_links(here):
                yield here
        elif depth >= DEEPEST:
            inner.clear()
        inner.sort()


def _has_links(folder: Path) -> bool:
    """Whether a chunk may lie elsewhere; no program writes such stores."""
    waiting = [os.fspath(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_symlink():
                    return True
                if entry.is_dir():
                    waiting.append(entry.path)
    return False


def _description(folder: Path) -> dict[str, Any]:
    """Version 2 in the words of version 3."""
    if not (folder / ".zarray").is_file():
        return _json(folder / "zarr.json")
    old = _json(folder / ".zarray")
    attributes = _json(folder / ".zattrs") if (folder / ".zattrs").is_file() else {}
    coded = [*(old.get("filters") or []), *([old["compressor"]] if old.get("compressor") else [])]
    return {
        "shape": old.get("shape"),
        "data_type": old.get("dtype"),
        "chunks": old.get("chunks"),
        "fill_value": old.get("fill_value"),
        "codecs": coded,
        "dimension_names": attributes.get("_ARRAY_DIMENSIONS"),
        "attributes": attributes,
    }


def _json(file: Path) -> dict[str, Any]:
    try:
        if file.is_symlink() or file.stat().st_size > MAX_JSON:
            raise ValueError(f"is a link, or larger than {MAX_JSON:,} bytes")
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{file}: cannot be read ({error}): write the store again") from error
    return found if isinstance(found, dict) else {}


def _codec_names(described: Any) -> Iterator[str]:
    """Of every codec, those inside of others (`sharding_indexed`) too."""
    for codec in described.get("codecs") or []:
        name = str(codec.get("id") or codec.get("name")).lower().removeprefix("numcodecs.")
        inner = codec.get("configuration") or {}
        if name == "sharding_indexed":
            yield from _codec_names({"codecs": [*inner.get("codecs", []), *inner.get("index_codecs", [])]})
        else:
            yield name


def _stored(path: Path, folder: Path, described: dict[str, Any]) -> Stored | None:
    try:
        shape = tuple(int(size) for size in described["shape"])
        kind = described["data_type"]
        dtype = np.dtype("?" if kind == "bool" else kind)
        grid = described.get("chunks") or described["chunk_grid"]["configuration"]["chunk_shape"]
        chunk = math.prod(int(size) for size in grid) * dtype.itemsize
    except (KeyError, TypeError, ValueError):
        return None
    if dtype.kind not in "biufU" or any(size < 0 for size in shape):
        return None
    if chunk > MAX_AT_ONCE:
        raise UnsafeDataError(f"{folder}: is packed in pieces of over {MAX_AT_ONCE:,} bytes: pack it anew")
    name = " ".join(folder.relative_to(path).parts)
    named = described.get("dimension_names") or ()
    dims = tuple(map(str, named)) if len(named) == len(shape) and all(named) else ()
    attributes = {
        key: value
        for key, value in (described.get("attributes") or {}).items()
        if isinstance(value, (str, int, float))
    }
    fill = described.get("fill_value")
    if isinstance(fill, (int, float)) and fill and dtype.kind == "f":  # zero stands for pieces never written
        attributes.setdefault("_FillValue", fill)
    load = functools.partial(_held, Packed(folder), shape, dtype)
    found = words(name)
    return Stored(str(folder), found, part_of_words(found), shape, dtype, load, dims, attributes)


def _held(opened: Packed, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> Any:
    """All of it where it is small, so that packed pieces are unpacked once."""
    if math.prod(shape) * dtype.itemsize > MAX_HELD:
        return opened
    return opened[(slice(None),) * len(shape)]
