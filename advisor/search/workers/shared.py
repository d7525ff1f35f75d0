"""Data of a search that lie in memory once for all processes.

All tensors stand in one file without a name, which each process maps; what is left is pickled behind them.
The file lives in memory, or on the disk where memory would not hold it a second time. Torch's own sharing
needs `/dev/shm`, of which a container often has 64 MB.
"""

from __future__ import annotations

import io
import math
import mmap
import os
import pickle
import tempfile
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from advisor.prepare.memory import free_memory
from advisor.search.data import SearchData
from advisor.tasks import kind_of

LEFT_OUT = ("kind", "pool_texts")  # functions, which no pickle takes; what only baselines read
ALIGNED = 64  # bytes
MEMORY_SHARE = 0.4  # of what is free may be taken for it


@dataclass(frozen=True)
class Shared:
    """Where the data lie: the file's descriptor, and the bytes of it that hold the pickle."""

    file: int
    start: int
    end: int


class _Pickler(pickle.Pickler):
    """Pickles all but the tensors, for which it notes a place of their own."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.end = 0
        self.places: dict[int, tuple[int, Tensor]] = {}

    def persistent_id(self, obj: object) -> tuple[int, torch.dtype, tuple[int, ...]] | None:
        if not isinstance(obj, Tensor):
            return None
        if id(obj) not in self.places:
            self.places[id(obj)] = (self.end, obj)
            size = obj.numel() * obj.element_size()
            self.end += ALIGNED * math.ceil(size / ALIGNED)
        return self.places[id(obj)][0], obj.dtype, tuple(obj.shape)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, mapped: mmap.mmap) -> None:
        super().__init__(file)
        self.mapped = mapped

    def persistent_load(self, pid: Any) -> Tensor:
        place, dtype, shape = pid
        return _tensor(self.mapped, place, dtype, shape)


def write(data: SearchData) -> Shared:
    """Lays the data down for other processes."""
    text = io.BytesIO()
    pickler = _Pickler(text)
    named = {one.name: getattr(data, one.name) for one in fields(data) if one.name not in LEFT_OUT}
    pickler.dump(named)
    pickled = text.getvalue()
    shared = Shared(_file(pickler.end + len(pickled)), pickler.end, pickler.end + len(pickled))
    try:
        os.truncate(shared.file, shared.end)
        mapped = mmap.mmap(shared.file, shared.end)
        for place, tensor in pickler.places.values():
            _tensor(mapped, place, tensor.dtype, tuple(tensor.shape)).copy_(tensor)
        mapped[shared.start :] = pickled
    except BaseException:
        os.close(shared.file)
        raise
    return shared


def read(shared: Shared) -> SearchData:
    """The data; a process that wrote to one of the tensors would change its own copy alone."""
    mapped = mmap.mmap(shared.file, shared.end, access=mmap.ACCESS_COPY)
    named = _Unpickler(io.BytesIO(mapped[shared.start :]), mapped).load()
    kind = kind_of(named["task"], named["preprocessing"])
    return SearchData(kind=kind, pool_texts=None, **named)


def close(shared: Shared) -> None:
    """Lets go of the file; what is mapped stays until nothing of it is used."""
    os.close(shared.file)


def _tensor(mapped: mmap.mmap, place: int, dtype: torch.dtype, shape: tuple[int, ...]) -> Tensor:
    count = math.prod(shape)
    if count == 0:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(mapped, dtype=dtype, count=count, offset=place).reshape(shape)


def _file(size: int) -> int:
    """The descriptor of a new file without a name."""
    if hasattr(os, "memfd_create") and size <= MEMORY_SHARE * free_memory():
        return os.memfd_create("advisor-data")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
