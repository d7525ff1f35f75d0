"""HDF5 files, MATLAB's from version 7.3 and those of pandas among them; nothing outside the file is read.

Source of MATLAB's conventions in HDF5 (column-major order, `MATLAB_class`, `#refs#`):
https://www.mathworks.com/help/matlab/import_export/mat-file-versions.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, MissingExtraError, UnreadableSampleError, UnsafeDataError
from advisor.readers import bounded
from advisor.readers.array.stored import MAX_AT_ONCE, MAX_HELD, Stored, part_of_words, words

DEEPEST = 12  # groups in groups
MOST_DATASETS = 50_000  # of one file, where each may be a sample
FAULTS = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError, MemoryError)
WEIGHTS = frozenset({"model_weights", "keras_version", "optimizer_weights"})
PANDAS = {"block0_values": "values", "axis1": "time", "axis0": "columns"}


def arrays(path: Path, *, matlab: bool = False) -> list[Stored]:
    """Every array of numbers or texts, by its path in the file; groups' names are words of it.

    Links to other files, arrays whose values lie in other files, references and compound types are left out.

    Args:
        matlab: axes are stored in the opposite order.

    Raises:
        MissingExtraError: h5py is not installed.
        DataError: no HDF5 file, damaged, or the weights of a network.
    """
    h5py = library()
    try:
        with bounded.memory(), h5py.File(path, "r", locking="best-effort") as file:
            if _are_weights(file):
                raise DataError(f"{path}: holds the weights of a network and no data: name another file")
            found = []
            for name, dataset in _datasets(file, h5py):
                one = _stored(path, name, dataset, h5py, matlab=matlab)
                found += [one] if one else []
            return found
    except FAULTS as error:
        raise DataError(f"{path}: is no HDF5 file, or damaged ({error}): write it again") from error


def holds_weights(path: Path) -> bool:
    """Whether it is a network that Keras saved; raises DataError for what is no HDF5 file."""
    h5py = library()
    try:
        with bounded.memory(), h5py.File(path, "r", locking="best-effort") as file:
            return _are_weights(file)
    except FAULTS as error:
        raise DataError(f"{path}: is no HDF5 file, or damaged ({error}): write it again") from error


def _are_weights(file: Any) -> bool:
    return bool(WEIGHTS & {*file.keys(), *file.attrs.keys()})


def library() -> Any:
    """h5py, imported on use; raises MissingExtraError."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("h5py", "arrays", "reading HDF5, NetCDF 4 and MATLAB 7.3 files") from error
    return h5py


@dataclass(frozen=True)
class Dataset:
    """Reads parts of a dataset; the file is open only meanwhile."""

    path: Path
    name: str
    texts: bool
    reverse: bool

    def __getitem__(self, place: tuple[int | slice, ...]) -> NDArray[np.generic]:
        try:
            with bounded.memory(), library().File(self.path, "r", locking="best-effort") as file:
                dataset = file[self.name]
                values = (dataset.asstr("utf-8", "replace") if self.texts else dataset)[
                    place[::-1] if self.reverse else place
                ]
        except FAULTS as error:
            raise UnreadableSampleError(
                f"{self.path}:{self.name}: cannot be read ({error}): write it again"
            ) from error
        found = np.asarray(values.astype(str) if self.texts and isinstance(values, np.ndarray) else values)
        return found.T if self.reverse else found


def _datasets(
    group: Any, h5py: Any, depth: int = 0, seen: set[int] | None = None
) -> Iterator[tuple[str, Any]]:
    """(path in the file, dataset), without following a soft or an external link, each once."""
    seen = set() if seen is None else seen
    for key in group:
        if key.startswith("#") or not isinstance(group.get(key, getlink=True), h5py.HardLink):
            continue
        child = group[key]
        address = h5py.h5o.get_info(child.id).addr
        if address in seen or len(seen) > MOST_DATASETS:
            continue
        seen.add(address)
        if isinstance(child, h5py.Group) and depth < DEEPEST:
            yield from _datasets(child, h5py, depth + 1, seen)
        elif isinstance(child, h5py.Dataset):
            yield child.name, child


def _stored(path: Path, name: str, dataset: Any, h5py: Any, *, matlab: bool) -> Stored | None:
    texts = h5py.check_string_dtype(dataset.dtype) is not None
    dtype = np.dtype("U1") if texts else dataset.dtype
    shape = dataset.shape
    elsewhere = dataset.external is not None or dataset.is_virtual
    if shape is None or elsewhere or dtype.kind not in "biufU" or "MATLAB_empty" in dataset.attrs:
        return None
    if dataset.chunks and math.prod(dataset.chunks) * dataset.dtype.itemsize > MAX_AT_ONCE:
        raise UnsafeDataError(
            f"{path}:{name}: is packed in pieces of over {MAX_AT_ONCE:,} bytes: pack it anew"
        )
    opened = Dataset(path, name, texts, matlab)
    above = {} if dataset.parent.name == "/" else _attributes(dataset.parent)  # of a group for each sample
    attributes = {**above, **_attributes(dataset)}
    plain = _plain_name(name, dataset)
    found = words(plain)
    return Stored(
        f"{path}:{plain}",
        found,
        part_of_words(found),
        shape[::-1] if matlab else shape,
        dtype,
        lambda: _held(opened, shape[::-1] if matlab else shape, dtype),
        _dims(dataset, h5py),
        attributes,
    )


def _held(opened: Dataset, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> Any:
    """All of it where it is small, so that packed pieces are unpacked once."""
    if math.prod(shape) * dtype.itemsize > MAX_HELD:
        return opened
    return opened[(slice(None),) * len(shape)]


def _plain_name(name: str, dataset: Any) -> str:
    """As pandas means it, in the frames that it writes; else as it is."""
    group, _, last = name.rpartition("/")
    kind = dataset.parent.attrs.get("pandas_type")
    return f"{group}/{PANDAS.get(last, last)}" if kind in (b"frame", "frame") else name


def _dims(dataset: Any, h5py: Any) -> tuple[str, ...]:
    """Names of the axes by dimension scales (as NetCDF 4 has them) or labels; none unless all have one."""
    if dataset.is_scale:
        return (dataset.name.rsplit("/", 1)[-1],) if dataset.ndim == 1 else ()
    found = []
    for dim in dataset.dims:
        scales = [scale.name for scale in dim.values()]
        found.append(scales[0].rsplit("/", 1)[-1] if scales and scales[0] else dim.label)
    return tuple(found) if found and all(found) else ()


def _attributes(dataset: Any) -> dict[str, Any]:
    """Texts and numbers; whatever else stands there, such as the pickles of pandas, stays bytes or out."""
    found = {}
    for key in list(dataset.attrs)[:64]:
        try:
            value = dataset.attrs[key]
        except FAULTS:
            continue
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "biuf":
            value = value.item()
        if isinstance(value, (str, int, float, np.generic)):
            found[key] = value
    return found
