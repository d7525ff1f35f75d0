"""A quick pass over as many samples as there is time for: what tells copies, and how large each is.

It reads samples of the test part as well, for they must be compared with those of the training part. What
it keeps of them is for that comparison only: facts of sizes and values leave them out.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.measure import sound
from advisor.measure.looks import Look, block_means, numbers, shrink
from advisor.readers.source import Sample, Source
from advisor.readers.text.letters import is_by_letter

MOST_VIEWS = 4_000  # samples whose views are compared, each with each: a tenth of a second
MOST_SAMPLES = 50_000
ENOUGH, PATIENCE = 64, 2  # samples that may take so many times the time given
BLOCKS = 64  # steps of a series' view; of sound its spectra
CHANNELS = 16
STEPS = 512  # of each series, kept to find shared stretches
MOST_VALUES = 8_000_000  # letters, or numbers of series and rows, that are kept of all together
LETTERS = 4_000  # of each text that are compared


@dataclass(frozen=True)
class Seen:
    """What is kept of sample `index`.

    Attributes:
        shape: the whole sample's shape; (tokens,) for a text.
        digest: equal for equal samples; of a row of a table without the numbering of its rows.
        view: [value] a small picture of it, mean 0 and length 1, for comparing; None where it shows nothing.
        steps: [time, channel] the first steps of a series.
        row: [feature] a row of a table.
        text: the beginning of a text.
        infinite: how many of its values are infinite.
        blank: whether it holds one value only, or no word: blank ones are equal and yet no copies.
    """

    index: int
    shape: tuple[int, ...]
    digest: bytes
    view: NDArray[np.float32] | None = None
    steps: NDArray[np.float32] | None = None
    row: NDArray[np.generic] | None = None
    text: str | None = None
    infinite: int = 0
    blank: bool = False


def survey(source: Source, seconds: float, seed: int) -> list[Seen]:
    """Samples in random order, of all parts, until the time is spent; clips are left out, they are slow."""
    if source.read_frames is not None:
        return []
    start = time.monotonic()
    end, last = start + seconds, start + PATIENCE * seconds
    counting = numberings(source)
    found: list[Seen] = []
    kept = 0
    for index in np.random.default_rng(seed).permutation(len(source))[:MOST_SAMPLES].tolist():
        if found and time.monotonic() > (end if len(found) >= ENOUGH else last):
            break
        try:
            sample = source.read(index)
        except DataError:
            continue
        keep = kept < MOST_VALUES
        if isinstance(sample, str):
            one = _seen_text(source, index, sample, keep=keep)
        else:
            one = _seen(source, index, sample, counting, viewed=len(found) < MOST_VIEWS, keep=keep)
        kept += len(one.text or "") + sum(part.size for part in (one.steps, one.row) if part is not None)
        found.append(one)
    return found


def of_looks(looks: Sequence[Look]) -> list[Seen]:
    """What was seen of samples already, where reading them again would take too long."""
    return [
        Seen(
            seen.index,
            seen.shape,
            _digest(b"".join(view.tobytes() for view in (seen.piece, seen.small) if view is not None)),
        )
        for seen in looks
    ]


def is_blank(sample: Sample) -> bool:
    """Whether there is one value only, or no word."""
    if isinstance(sample, str):
        return not sample.strip()
    if sample.dtype.kind not in "biuf" or sample.size < 2:
        return not sample.size
    first = sample.flat[0]
    return bool(np.all(sample == first)) or bool(first != first and np.all(sample != sample))


def for_facts(source: Source, seen: Sequence[Seen]) -> list[Seen]:
    """Those that facts may be measured on: none of the test part, unless all are."""
    if source.parts is None or not np.any(source.parts != "test"):
        return list(seen)
    return [one for one in seen if source.parts[one.index] != "test"]


def _seen_text(source: Source, index: int, text: str, *, keep: bool) -> Seen:
    count = len(text) if is_by_letter(source.spec.input.axis("token")) else len(text.split())
    return Seen(index, (count,), digest(text), text=text[:LETTERS] if keep else None, blank=is_blank(text))


def _seen(
    source: Source,
    index: int,
    sample: NDArray[np.generic],
    counting: frozenset[int],
    *,
    viewed: bool,
    keep: bool,
) -> Seen:
    names = tuple(axis.name for axis in source.spec.input.axes)
    is_series = names == ("time", "channel") and sample.shape[1] <= CHANNELS
    return Seen(
        index,
        sample.shape,
        digest(sample, counting),
        view=view_of(source, sample) if viewed else None,
        steps=numbers(sample[:STEPS]) if is_series and keep else None,
        row=sample if names == ("feature",) and keep else None,
        infinite=_infinite(sample),
        blank=is_blank(sample),
    )


def _infinite(sample: NDArray[np.generic]) -> int:
    if sample.dtype.kind == "f":
        return int(np.isinf(sample).sum())
    return (
        sum(isinstance(cell, float) and isinf(cell) for cell in sample.ravel())
        if sample.dtype.kind == "O"
        else 0
    )


def digest(sample: Sample, counting: frozenset[int] = frozenset()) -> bytes:
    """Equal for equal samples; of a row of a table without the numbering of its rows."""
    return _digest(sample.encode() if isinstance(sample, str) else _content(sample, counting))


def _content(sample: NDArray[np.generic], counting: frozenset[int]) -> bytes:
    if sample.dtype.kind != "O":
        return f"{sample.dtype} {sample.shape}".encode() + np.ascontiguousarray(sample).tobytes()
    cells = [str(cell) for place, cell in enumerate(sample.ravel()) if _tells(cell, place, counting)]
    return "\x1f".join(cells).encode()


def view_of(source: Source, sample: NDArray[np.generic]) -> NDArray[np.float32] | None:
    """[value] a picture's 16 x 16 means, a series' BLOCKS means, a sound's loudness in BLOCKS x bands;
    None for all else, and for flat samples."""
    names = tuple(axis.name for axis in source.spec.input.axes)
    rate = sound.sampling_rate(source.spec.input)
    if not sample.size:
        return None
    if rate is not None:
        return unit(block_means(sound.band_energies(numbers(sample), rate), BLOCKS))
    if names == ("time", "channel"):
        values = numbers(sample[:, :CHANNELS])
        return unit(block_means(values, BLOCKS) if len(values) > BLOCKS else values)
    if names == ("height", "width", "channel"):
        return unit(shrink(sample))
    return None


def unit(values: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """[value] minus the mean, of length 1; None where there is nothing but one value."""
    flat = np.nan_to_num(values.ravel() - np.nanmean(values)) if np.isfinite(values).any() else None
    length = 0.0 if flat is None else float(np.linalg.norm(flat))
    if flat is None or length <= 1e-6 * max(1.0, float(np.nanmax(np.abs(values)))):
        return None
    return np.asarray(flat / length, dtype=np.float32)


def numberings(source: Source) -> frozenset[int]:
    """Columns of a table that may number its rows."""
    columns = enumerate(source.spec.input.columns)
    return frozenset(place for place, column in columns if column.kind == "identifier")


def _tells(cell: object, place: int, counting: frozenset[int]) -> bool:
    """Whether a cell says what its row is: names do, and numbers that are not just the row's own."""
    return place not in counting or isinstance(cell, str)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
