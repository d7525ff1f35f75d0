"""Decoded samples beyond the memory limit: the same values from a file, found again, bounded, never half."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from advisor.errors import DataError, UnreadableSampleError
from advisor.prepare import Preprocessing, cache, fit, load, make_split, pictures
from advisor.prepare.batches import Prepared
from advisor.prepare.memory import Memory, free_memory, peak_memory
from advisor.prepare.rows import Stored, block_order
from advisor.readers.source import Sample, Source
from advisor.records import Axis, AxisName, DatasetSpec, InputSpec, SplitCounts, Task

COUNT, TINY, AMPLE = 120, 4_000, 10**9
ALL = np.arange(COUNT)
TASKS = Path("/proc/self/task")


class Data:
    """Pictures or series of varying length made from a seed; counts how often one is decoded."""

    def __init__(self, kind: str, *, broken: int | None = None) -> None:
        generator = np.random.default_rng(0)
        self.broken, self.reads = broken, 0
        self.samples: list[NDArray[np.generic]] = [
            generator.integers(0, 255, (8, 8, 3), dtype=np.uint8)
            if kind == "pictures"
            else generator.normal(size=(5 + i % 20, 2))
            for i in range(COUNT)
        ]
        axes: dict[AxisName, int | None] = {"time": None, "channel": 2}
        if kind == "pictures":
            axes = {"height": 8, "width": 8, "channel": 3}
        named = tuple(Axis(name=name, size=size) for name, size in axes.items())
        spec = DatasetSpec(
            path="made", format="array", samples=COUNT, target=None, splits=SplitCounts(train=COUNT),
            inputs=(InputSpec(name="x", dtype="float32", axes=named),),
        )  # fmt: skip
        labels = np.array(["a", "b"] * (COUNT // 2), dtype=object)
        self.source = Source(spec=spec, ids=tuple(map(str, range(COUNT))), read=self.read, labels=labels)
        split = make_split(self.source, Task.CLASSIFICATION)
        self.preprocessing: Preprocessing = fit(self.source, split, Task.CLASSIFICATION)
        self.reads = 0

    def read(self, index: int) -> Sample:
        self.reads += 1
        if index == self.broken:
            raise UnreadableSampleError(f"{index} is broken")
        return self.samples[index]


@pytest.mark.parametrize("kind", ["pictures", "series"])
@pytest.mark.parametrize("named", [True, False])
def test_a_file_gives_the_batches_that_memory_gives(kind: str, named: bool, tmp_path: Path) -> None:
    data = Data(kind, broken=7)
    inside = load(data.source, ALL, data.preprocessing, memory=Memory(AMPLE))
    memory = Memory(TINY, tmp_path, "data" if named else "")
    outside = load(data.source, ALL, data.preprocessing, memory=memory)
    assert not inside.prepared.in_file
    assert outside.prepared.in_file
    assert outside.unreadable == inside.unreadable == ("7 is broken",)
    some = torch.tensor([5, 100, 3, 3, 42])
    for chosen in (some, torch.arange(len(inside.prepared))):
        one, other = (loaded.prepared.select(chosen) for loaded in (inside, outside))
        places = torch.randperm(len(chosen), generator=torch.Generator().manual_seed(0))
        first, second = one.batch(places), other.batch(places)
        torch.testing.assert_close(first.values, second.values, rtol=0, atol=0)
        assert first.values.stride() == second.values.stride()
        torch.testing.assert_close(first.targets, second.targets)
        torch.testing.assert_close(first.lengths, second.lengths)


def test_choosing_samples_copies_nothing() -> None:
    data = Data("pictures")
    pool = load(data.source, ALL, data.preprocessing).prepared
    once = pool.select(torch.arange(0, COUNT, 2))
    twice = once.select(torch.tensor([3, 1]))
    assert twice.values.base is pool.values  # type: ignore[union-attr]
    assert twice.ids == ("6", "2")
    torch.testing.assert_close(
        twice.batch(torch.tensor([0, 1])).values, pool.batch(torch.tensor([6, 2])).values
    )


def test_a_pass_over_a_file_gives_every_sample_once() -> None:
    data = Data("pictures")
    loaded = load(data.source, ALL, data.preprocessing, memory=Memory(TINY))
    part = loaded.prepared.select(torch.arange(1, COUNT))  # 119 samples: a batch of one is not left over
    whole = torch.cat([batch.values for batch in part.in_order(50)])
    seen = [batch.values for batch in part.shuffled(7, torch.Generator().manual_seed(3))]
    assert [len(one) for one in seen] == [7] * 17
    count = Counter(row.numpy().tobytes() for row in torch.cat(seen))
    assert count == Counter(row.numpy().tobytes() for row in whole)


@settings(max_examples=50, deadline=None)
@given(count=st.integers(1, 300), buffer=st.integers(1, 120), seed=st.integers(0, 99))
def test_an_order_of_blocks_names_every_sample_once(count: int, buffer: int, seed: int) -> None:
    order = block_order(count, buffer, torch.Generator().manual_seed(seed))
    assert order.sort().values.tolist() == list(range(count))


@pytest.mark.skipif(not TASKS.exists(), reason="threads are counted on Linux only")
def test_reading_ahead_starts_one_thread_without_a_team_of_its_own(tmp_path: Path) -> None:
    count, threads = 200_000, torch.get_num_threads()
    np.arange(count, dtype=np.float32).tofile(tmp_path / "values.bin")
    file = Stored(
        tmp_path / "values.bin", np.dtype(np.float32), (count, 1), channel_last=False, buffer=2 * count
    )
    data = Prepared(ids=("",) * count, values=file, targets=torch.arange(count))
    part = data.select(torch.arange(count))
    torch.set_num_threads(2)
    try:
        order = torch.randperm(count)  # two threads, here
        before = set(TASKS.iterdir())
        batches = part.in_this_order(order, 1_000)
        first = next(batches)
        started = set(TASKS.iterdir()) - before
        values = torch.cat([first.values, *(batch.values for batch in batches)])
    finally:
        torch.set_num_threads(threads)
    torch.testing.assert_close(values[:, 0], order.float())
    assert len(started) == 1


def test_a_second_search_decodes_nothing_but_a_probe(tmp_path: Path) -> None:
    data = Data("pictures")
    load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, "data"))
    assert data.reads >= COUNT
    data.reads = 0
    again = load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, "data"))
    assert data.reads == cache.PROBED
    assert "earlier search" in again.notes[0]
    for other in ({"data": "other data"}, {"indices": ALL[:-1]}):
        data.reads = 0
        memory = Memory(TINY, tmp_path, str(other.get("data", "data")))
        load(data.source, np.asarray(other.get("indices", ALL)), data.preprocessing, memory=memory)
        assert data.reads > cache.PROBED


def test_samples_that_changed_unseen_are_decoded_anew(tmp_path: Path) -> None:
    data, memory = Data("pictures"), Memory(TINY, tmp_path, "data")
    load(data.source, ALL, data.preprocessing, memory=memory)
    data.samples = [255 - sample for sample in data.samples]  # type: ignore[operator]
    now = load(data.source, ALL, data.preprocessing, memory=memory).prepared
    values = now.values[torch.tensor([9])][0].permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(values, data.samples[9])


@pytest.mark.parametrize("name", ["values.bin", "header.json", "kept.npy"])
def test_a_damaged_entry_is_made_anew(name: str, tmp_path: Path) -> None:
    data, memory = Data("pictures"), Memory(TINY, tmp_path, "data")
    everything = torch.arange(COUNT)
    before = load(data.source, ALL, data.preprocessing, memory=memory).prepared.values[everything]
    place = next(tmp_path.glob(f"*/{name}"))
    place.write_bytes(place.read_bytes()[:-9])
    after = load(data.source, ALL, data.preprocessing, memory=memory).prepared
    torch.testing.assert_close(before, after.values[everything])


def test_a_draft_is_no_entry_and_that_of_a_dead_process_is_removed(tmp_path: Path) -> None:
    data = Data("pictures")
    dead = tmp_path / ".0123.999999999"
    dead.mkdir()
    (dead / "values.bin").write_bytes(b"half")
    load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, "data"))
    assert [place.name for place in tmp_path.iterdir() if place.name.startswith(".")] == []


def test_an_error_while_decoding_leaves_nothing_behind(tmp_path: Path) -> None:
    data = Data("pictures")

    def stops(index: int) -> Sample:
        if index == 50:
            raise KeyboardInterrupt
        return data.samples[index]

    object.__setattr__(data.source, "read", stops)
    with pytest.raises(KeyboardInterrupt):
        load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, "data"))
    assert not list(tmp_path.iterdir())


def test_entries_used_longest_ago_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = COUNT * 8 * 8 * 3
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda place: Disk(round(3.4 * entry)))
    data = Data("pictures")
    for name in ("first", "second", "first", "third"):
        load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, name))
        for number, place in enumerate(sorted(tmp_path.glob("*/header.json"), key=os.path.getmtime)):
            os.utime(place, (number, number))  # file systems may not tell times so near each other apart
    data.reads = 0
    load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, "first"))
    assert data.reads == cache.PROBED
    load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, "second"))
    assert data.reads > COUNT


def test_a_disk_without_room_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda place: Disk(1_000))
    data = Data("pictures")
    with pytest.raises(DataError, match=r"take 23 kB, .* 500 bytes may be used.*`--cache`"):
        load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, "data"))


def test_a_full_disk_is_told_of_and_left_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "fsync", full)
    data = Data("pictures")
    with pytest.raises(DataError, match="the disk is full"):
        load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, "data"))
    assert not list(tmp_path.iterdir())


def test_a_removed_entry_stays_readable_to_who_uses_it(tmp_path: Path) -> None:
    data = Data("pictures")
    prepared = load(data.source, ALL, data.preprocessing, memory=Memory(TINY, tmp_path, "data")).prepared
    cache.shutil.rmtree(prepared.values.path.parent)  # type: ignore[union-attr]
    moved = prepared.select(torch.tensor([4])).to("cpu")
    values = moved.values[torch.tensor([0])][0].permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(values, data.samples[4])


def test_the_size_fitted_to_large_pictures_does_not_hang_on_what_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = Data("pictures")
    monkeypatch.setattr(pictures, "HELD", 1_000)
    assert Data("pictures").preprocessing == held.preprocessing


def test_rows_beyond_the_limit_stay_in_memory_and_it_is_said() -> None:
    axes = (Axis(name="feature", size=3),)
    spec = DatasetSpec(
        path="made", format="array", samples=COUNT, target=None, splits=SplitCounts(train=COUNT),
        inputs=(InputSpec(name="x", dtype="float32", axes=axes),),
    )  # fmt: skip
    labels = np.array(["a", "b"] * (COUNT // 2), dtype=object)
    rows = np.random.default_rng(0).normal(size=(COUNT, 3))
    source = Source(spec=spec, ids=tuple(map(str, range(COUNT))), read=lambda i: rows[i], labels=labels)
    preprocessing = fit(source, make_split(source, Task.CLASSIFICATION), Task.CLASSIFICATION)
    loaded = load(source, ALL, preprocessing, memory=Memory(2_000))
    assert not loaded.prepared.in_file
    assert "rows as numbers take 1.44 kB, more than a memory limit of 2 kB" in loaded.notes[0]


@pytest.mark.parametrize(("limit", "used", "expected"), [("max", 0, None), ("5000", 3000, 2600)])
def test_the_limit_of_a_control_group_counts(
    limit: str, used: int, expected: int | None, tmp_path: Path
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    (tmp_path / "memory.stat").write_text("anon 2400\ninactive_file 600\n")
    found = free_memory(tmp_path)
    assert found == expected if expected is not None else found > 5000


def test_the_peak_of_a_program_is_not_that_of_the_program_that_started_it() -> None:
    size = 600 * 2**20
    taken = np.ones(size, np.uint8)
    assert peak_memory() >= len(taken)
    asked = "from advisor.prepare.memory import peak_memory; print(peak_memory())"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert int(done.stdout) < size


class Disk:
    def __init__(self, free: int) -> None:
        self.free = free
