"""IDX files (`train-images-idx3-ubyte.gz` and its labels), the format of MNIST.

Source of the format: LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist
"""

from __future__ import annotations

import functools
import gzip
import math
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, NoDataError, UnsafeDataError
from advisor.readers import folders, part_names
from advisor.readers.labels import check_labels, label_array, label_name, parts_array, split_counts
from advisor.readers.source import Sample, Skipped, Source
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "idx"
NAME = re.compile(r"(idx[0-9]?([-.]?u?byte)?|-ubyte)(\.gz)?$", re.IGNORECASE)
DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_BYTES = 2**30  # of a file unpacked; a header that claims more is refused before anything is unpacked


@dataclass(frozen=True)
class Header:
    """What the first bytes say: element type and shape; `offset` bytes come before the elements."""

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    offset: int


def sniff(path: Path) -> int:
    """How many IDX files there are; 0 is not this form."""
    if path.is_file():
        return int(bool(NAME.search(path.name)))
    return len(folders.nearest(path, _is_named))


def read(path: Path, *, target: str | None = None) -> Source:
    """Pictures (height, width, channel) and their labels; pixels are unpacked when the first is asked for.

    Raises:
        DataError: no labels beside the pictures, or as many as do not match.
        UnsafeDataError: a header that claims more than MAX_BYTES.
    """
    return _read(path, labelled=True, target=target)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """Pictures alone; a file of labels beside them is not needed and not read."""
    return _read(path, labelled=False, target=None)


def _read(path: Path, *, labelled: bool, target: str | None) -> Source:
    files, others = _picture_files(path)
    headers = [read_header(file) for file in files]
    if len({header.shape[1:] for header in headers}) > 1 or not 3 <= len(headers[0].shape) <= 4:
        shapes = ", ".join(str(header.shape) for header in headers)
        raise DataError(f"{path}: pictures of one size are needed, found the shapes {shapes}")
    labels = _labels(files, headers) if labelled else None
    names = [part_names.part_within(file.name) or "" for file in files]
    stems = [part or file.name.split(".")[0] for part, file in zip(names, files, strict=True)]
    counts = [header.shape[0] for header in headers]
    parts = parts_array([part for part, count in zip(names, counts, strict=True) for _ in range(count)])
    if labels is not None and parts is not None:
        check_labels(path, labels.tolist(), parts.tolist())
    shape = headers[0].shape[1:]
    classes = () if labels is None else tuple(sorted(set(labels.tolist())))
    sizes = zip(("height", "width", "channel"), (*shape, 1)[:3], strict=True)
    axes = tuple(Axis.model_validate({"name": name, "size": size}) for name, size in sizes)
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=sum(counts),
            inputs=(InputSpec(name="image", dtype=headers[0].dtype.name, axes=axes),),
            target=TargetSpec(
                name=label_name(target), kind="category", classes=len(classes), class_names=classes
            )
            if labelled
            else None,
            splits=split_counts(parts, labels),
        ),
        ids=[f"{stem}/{i}" for stem, count in zip(stems, counts, strict=True) for i in range(count)],
        read=_reader(files, counts),
        labels=labels,
        parts=parts,
        skipped=tuple(Skipped(name, "not an IDX file of pictures or labels") for name in others),
    )


def _picture_files(path: Path) -> tuple[list[Path], list[str]]:
    if path.is_file():
        return [path], []
    named = folders.nearest(path, _is_named)
    above = named[0].parent if named else path
    entries = [Path(entry.path) for entry in folders.visible(above) if entry.is_file()]
    pictures = [entry for entry in named if "label" not in entry.name.lower()]
    if not pictures:
        raise NoDataError(f"{path}: holds no IDX file of pictures (`…-images-idx3-ubyte.gz`)")
    plain = [file for file in pictures if not (file.suffix == ".gz" and file.with_suffix("") in pictures)]
    order = ["train", "validation", "test", None]
    plain.sort(key=lambda file: order.index(part_names.part_within(file.name)))
    return plain, [entry.name for entry in entries if entry not in named]


def _is_named(name: str) -> bool:
    lowered = name.lower()  # most names in a folder of others end here, which is three times as fast
    return ("idx" in lowered or "ubyte" in lowered) and NAME.search(name) is not None


def _labels(files: list[Path], headers: list[Header]) -> NDArray[np.object_]:
    blocks = []
    for file, header in zip(files, headers, strict=True):
        beside = _label_file(file)
        shape = read_header(beside).shape
        if shape != header.shape[:1]:
            raise DataError(
                f"{beside}: labels of shape {shape} for {header.shape[0]} pictures in {file.name}: "
                "one label per picture is needed"
            )
        blocks.append(read_array(beside))
    return label_array([str(value) for value in np.concatenate(blocks).tolist()])


def _label_file(pictures: Path) -> Path:
    name = re.sub("images?", "labels", pictures.name).replace("idx3", "idx1").replace("idx4", "idx1")
    for candidate in (name, name.removesuffix(".gz"), f"{name}.gz"):
        if candidate != pictures.name and (pictures.parent / candidate).is_file():
            return pictures.parent / candidate
    raise DataError(f"{pictures}: its labels are missing: put {name} beside it")


def _reader(files: list[Path], counts: list[int]) -> functools.partial[Sample]:
    starts = np.cumsum([0, *counts])
    # Kept once unpacked: a gzip stream has no way to its middle.
    load = functools.cache(read_array)

    def read_one(index: int) -> Sample:
        block = int(np.searchsorted(starts, index, side="right")) - 1
        picture = load(files[block])[index - int(starts[block])]
        return np.array(picture[..., None] if picture.ndim == 2 else picture)  # not a view of what is kept

    return functools.partial(read_one)


def read_header(path: Path) -> Header:
    """Element type and shape; raises DataError on no IDX file and UnsafeDataError beyond MAX_BYTES."""
    with _open(path) as file:
        try:
            zero, code, rank = struct.unpack(">HBB", file.read(4))
            shape = struct.unpack(f">{rank}I", file.read(4 * rank))
        except (struct.error, OSError, EOFError, zlib.error) as error:
            raise DataError(f"{path}: is no IDX file, or damaged ({error}): fetch it again") from error
    if zero != 0 or code not in DTYPES or rank < 1:
        raise DataError(f"{path}: is no IDX file: its first bytes are not `00 00 type rank`")
    dtype = np.dtype(DTYPES[code])
    size = math.prod(shape) * dtype.itemsize
    if size > MAX_BYTES:
        raise UnsafeDataError(
            f"{path}: its header claims {size:,} bytes (shape {shape}), more than the limit of {MAX_BYTES:,}"
        )
    return Header(dtype, shape, 4 + 4 * rank)


def read_array(path: Path) -> NDArray[np.generic]:
    """The whole array in native byte order; raises DataError when it is cut short or too long."""
    header = read_header(path)
    size = math.prod(header.shape) * header.dtype.itemsize
    with _open(path) as file:
        try:
            data = file.read(header.offset + size + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{path}: cannot be unpacked ({error}): fetch it again") from error
    if len(data) != header.offset + size:
        raise DataError(
            f"{path}: holds {'more' if len(data) > header.offset + size else 'fewer'} bytes than its shape "
            f"{header.shape} needs: fetch it again"
        )
    values = np.frombuffer(data, dtype=header.dtype, offset=header.offset).reshape(header.shape)
    return values.astype(header.dtype.newbyteorder("="), copy=False)


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")
