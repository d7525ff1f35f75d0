"""Source: the one thing every reader returns, and all that later stages know of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.records import DatasetSpec, Finding

Sample = NDArray[np.generic] | str
"""An array with the axes of `spec.input` in their order, or a text."""


@dataclass(frozen=True)
class Skipped:
    """A file or row that is not part of the data, and why."""

    where: str
    reason: str


@dataclass(frozen=True)
class Whole:
    """An array without labels and without names of its axes: which axis counts samples is measured.

    Attributes:
        shape: of all of it, samples included.
        read: the part within one slice per axis.
        along: its Source with the samples along that axis; for None all of it is one sample.
        stamped: whether the first axis is time, because a time is given for each of its places.
    """

    shape: tuple[int, ...]
    read: Callable[[tuple[slice, ...]], NDArray[np.generic]]
    along: Callable[[int | None], Source]
    stamped: bool = False


@dataclass(frozen=True)
class Source:
    """Reads sample `i`, decoding it only then.

    Attributes:
        spec: what a sample is, with named axes.
        ids: one per sample, stable between runs: the path below the data folder, or `train/12`.
        read: decodes sample i; raises UnreadableSampleError. A clip may be asked for few frames by
            `read_frames`, where the reader has one.
        labels: [sample] class names (dtype object, str) or numbers (float64); None without labels.
            An empty string or NaN marks a sample without label.
        parts: [sample] "train", "validation", "test" or "" as the data themselves say; None when
            they say nothing.
        skipped: what was found and left out.
        timestamps: [time] of one long series, ISO 8601 text; None where there are none.
        read_frames: clips only: `read_frames(i, count, size=None)` gives `count` evenly spaced frames (all of
            a clip that has fewer), scaled to `size` x `size` while decoding where a size is given.
        read_steps: one long clip only: `read_steps(start, stop)` gives those time steps, in order, without
            decoding the others.
        whole: the array that the samples are slices of, where it may have to be sliced another way.
        read_pieces: running text only: `read_pieces(i, count, size)` gives so many evenly spaced pieces of
            about `size` bytes, without reading the rest.
        graph: [node, node] of the `node` axis: 0 where two nodes are no neighbours, larger the nearer they
            are; None where nothing says.
        groups: [sample] who or what it comes from, where a column or paths say so: they belong in one part.
        group_name: the column that says it; None where paths do.
        possible_groups, possible_name: the same of a piece of the file names that may say it, or may not.
        moments: [sample] seconds since some start, of rows that carry a time and are no series; NaN where
            missing; None where there are none.
        moment_name: the column or columns that say it.
        notes: what reading can tell of the health of the data, such as that the label is a guess.
        files: [sample] the file that holds it, where each sample is a file of its own.
        entire: where these are a sample of a very large file: reads all of it.
    """

    spec: DatasetSpec
    ids: Sequence[str]
    read: Callable[[int], Sample]
    labels: NDArray[np.generic] | None = None
    parts: NDArray[np.str_] | None = None
    skipped: tuple[Skipped, ...] = field(default=())
    timestamps: Sequence[str] | None = None
    read_frames: Callable[..., Sample] | None = None
    read_steps: Callable[[int, int], Sample] | None = None
    whole: Whole | None = None
    read_pieces: Callable[[int, int, int], list[str]] | None = None
    graph: NDArray[np.float32] | None = None
    notes: tuple[Finding, ...] = ()
    groups: NDArray[np.str_] | None = None
    group_name: str | None = None
    possible_groups: NDArray[np.str_] | None = None
    possible_name: str | None = None
    moments: NDArray[np.float64] | None = None
    moment_name: str | None = None
    files: Sequence[Path] | None = None
    entire: Callable[[], Source] | None = None

    def __len__(self) -> int:
        return len(self.ids)
