"""Do the probes find what is known by construction? Writes `benchmarks/results/order.md`.

    python benchmarks/order.py [SEEDS]

Sets made by seeded numpy, 20 seeds each: series whose class is which events they hold, or in which order;
events that echo after 5, 50 and 500 steps; series to be continued that depend on a value so many steps back;
texts by their words or by the order of the words; pictures by their texture or by their layout. Each seed
makes the set and draws the samples, kernels, folds and shuffles of the probes. Inspection gives them
5 s; here they have PROBE_SECONDS, so that a busy machine gives the same table.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.decide.thresholds import ORDER_DROP
from advisor.measure import measure
from advisor.readers.source import Source
from advisor.records import Axis, DatasetSpec, Facts, InputSpec, SplitCounts, TargetSpec

CHECKOUT = Path(__file__).parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results" / "order.md"
SEEDS = 20
SAMPLES = 240
STEPS = 1024
EVENT = 4  # steps that one event takes
PROBE_SECONDS = 600.0

Values = NDArray[np.float32]
Made = tuple[Sequence[Any], list[str] | None]


@dataclass(frozen=True)
class Case:
    """A set, what is known of it, and which facts say so.

    Attributes:
        make: samples and labels by seed.
        axes: of a sample.
        truth: in words.
        found: whether the facts say so.
        shown: names of the facts in the table.
    """

    name: str
    make: Callable[[np.random.Generator], Made]
    axes: tuple[str, ...]
    truth: str
    found: Callable[[Facts], bool]
    shown: tuple[str, ...]


# --- sets ---------------------------------------------------------------------------------------


def events(rng: np.random.Generator, *, ordered: bool) -> Made:
    """A bump and a dip each, of which one comes first by class; or two bumps or two dips, anywhere."""
    labels = ["one" if i % 2 else "two" for i in range(SAMPLES)]
    samples = 0.3 * rng.normal(size=(SAMPLES, 128))
    for sample, label in zip(samples, labels, strict=True):
        places = np.sort(rng.choice(128 // EVENT, 2, replace=False)) * EVENT
        sign = 1.0 if label == "one" else -1.0
        for place, one in zip(places, (sign, -sign if ordered else sign), strict=True):
            sample[place : place + EVENT] += 2 * one * _bump()
    return _series(samples), labels


def echoes(rng: np.random.Generator, lag: int) -> Made:
    """Bumps and dips at random, each of which comes again after the lag: as it was, or turned over."""
    labels = ["same" if i % 2 else "turned" for i in range(SAMPLES)]
    samples = 0.3 * rng.normal(size=(SAMPLES, STEPS))
    for sample, label in zip(samples, labels, strict=True):
        for place in rng.integers(0, STEPS - lag - EVENT, 8):
            sign = rng.choice([-2.0, 2.0])
            sample[place : place + EVENT] += sign * _bump()
            again = sign if label == "same" else -sign
            sample[place + lag : place + lag + EVENT] += again * _bump()
    return _series(samples), labels


def regressing(rng: np.random.Generator, lag: int) -> Made:
    """One series, each value 0.8 times that of so many steps back, and noise."""
    values = rng.normal(size=12_000)
    for step in range(lag, len(values)):
        values[step] += 0.8 * values[step - lag]
    return _series(values[None]), None


def words(rng: np.random.Generator, *, ordered: bool) -> Made:
    """Sentences of the same words in another order, or of other words, between words that say nothing."""
    labels = ["one" if i % 2 else "two" for i in range(SAMPLES)]
    pairs = {"one": "good not bad", "two": "bad not good"} if ordered else {"one": "good", "two": "bad"}
    fillers = [f"word{i}" for i in range(30)]
    texts = [
        " ".join([*rng.choice(fillers, 4), pairs[label], *rng.choice(fillers, rng.integers(2, 6))])
        for label in labels
    ]
    return texts, labels


def stripes(rng: np.random.Generator) -> Made:
    """Texture: stripes that lie or stand, in other places in each picture, under noise."""
    labels = ["lying" if i % 2 else "standing" for i in range(SAMPLES)]
    rows, columns = np.mgrid[0:32, 0:32]
    pictures = 0.5 * rng.normal(size=(SAMPLES, 32, 32, 1))
    for picture, label in zip(pictures, labels, strict=True):
        along = rows if label == "lying" else columns
        picture[:, :, 0] += np.sin(2 * np.pi * along / 4 + rng.uniform(0, 2 * np.pi))
    return list(pictures.astype(np.float32)), labels


def patches(rng: np.random.Generator) -> Made:
    """Layout: the same light and dark patches, of which the light one lies above or below."""
    labels = ["above" if i % 2 else "below" for i in range(SAMPLES)]
    pictures = 0.5 * rng.normal(size=(SAMPLES, 32, 32, 1))
    for picture, label in zip(pictures, labels, strict=True):
        left, sign = rng.integers(0, 24), 1.5 if label == "above" else -1.5
        picture[0:8, left : left + 8] += sign
        picture[24:32, left : left + 8] -= sign
    return list(pictures.astype(np.float32)), labels


def shades(rng: np.random.Generator) -> Made:
    """Neither: pixels of other values, each at random."""
    labels = ["light" if i % 2 else "dark" for i in range(SAMPLES)]
    pictures = rng.normal(size=(SAMPLES, 32, 32, 1))
    for picture, label in zip(pictures, labels, strict=True):
        picture += 0.2 if label == "light" else -0.2
    return list(pictures.astype(np.float32)), labels


def _bump() -> NDArray[np.float64]:
    return np.hanning(EVENT + 2)[1:-1]


def _series(values: NDArray[np.float64]) -> list[Values]:
    return [one[:, None].astype(np.float32) for one in values]


# --- what is found ------------------------------------------------------------------------------


def costs(name: str) -> Callable[[Facts], bool]:
    """Whether a drop is above the limit of the question with 95 % confidence."""
    return lambda facts: (_low(facts, name) or 0.0) >= ORDER_DROP.value


def costs_nothing(name: str) -> Callable[[Facts], bool]:
    """Whether a drop was measured, and could be nothing."""
    return lambda facts: (low := _low(facts, name)) is not None and low < ORDER_DROP.value


def horizon_holds(least: int, most: int) -> Callable[[Facts], bool]:
    """Whether the interval of the memory horizon meets least to most, and the value is within a factor
    of two of them."""

    def found(facts: Facts) -> bool:
        fact = facts.get("memory_horizon")
        if fact is None or fact.value is None or fact.low is None:
            return False
        high = float("inf") if fact.high is None else fact.high
        return fact.low <= most and high >= least and least / 2 <= fact.value <= 2 * most

    return found


def both(*conditions: Callable[[Facts], bool]) -> Callable[[Facts], bool]:
    """Whether all of them hold."""
    return lambda facts: all(condition(facts) for condition in conditions)


def _low(facts: Facts, name: str) -> float | None:
    fact = facts.get(name)
    return None if fact is None else fact.low


SERIES, PICTURE = ("time", "channel"), ("height", "width", "channel")
ORDER, LAYOUT, TEXTURE, HORIZON = (
    "order_score_drop",
    "layout_score_drop",
    "texture_score_drop",
    "memory_horizon",
)

CASES = (
    Case("bag of events", lambda rng: events(rng, ordered=False), SERIES, "order tells nothing",
         costs_nothing(ORDER), (ORDER, HORIZON)),
    Case("order of events", lambda rng: events(rng, ordered=True), SERIES, "order matters",
         costs(ORDER), (ORDER, HORIZON)),
    *(
        Case(f"events with an echo after {lag}", lambda rng, lag=lag: echoes(rng, lag), SERIES,
             f"order matters, {lag} steps back", both(costs(ORDER), horizon_holds(lag, lag + EVENT)),
             (ORDER, HORIZON))
        for lag in (5, 50, 500)
    ),
    *(
        Case(f"one series, {lag} steps back", lambda rng, lag=lag: regressing(rng, lag), SERIES,
             f"order matters, {lag} steps back", both(costs(ORDER), horizon_holds(lag, lag)),
             (ORDER, HORIZON))
        for lag in (5, 50, 500)
    ),
    Case("bag of words", lambda rng: words(rng, ordered=False), ("token",), "order tells nothing, 1 word",
         both(costs_nothing(ORDER), horizon_holds(1, 1)), (ORDER, HORIZON)),
    Case("order of words", lambda rng: words(rng, ordered=True), ("token",), "order matters, 2 words",
         both(costs(ORDER), horizon_holds(2, 2)), (ORDER, HORIZON)),
    Case("texture", stripes, PICTURE, "texture tells, layout does not",
         both(costs(TEXTURE), costs_nothing(LAYOUT)), (LAYOUT, TEXTURE)),
    Case("layout", patches, PICTURE, "layout tells", costs(LAYOUT), (LAYOUT, TEXTURE)),
    Case("shades", shades, PICTURE, "neither tells", both(costs_nothing(TEXTURE), costs_nothing(LAYOUT)),
         (LAYOUT, TEXTURE)),
)  # fmt: skip


# --- running ------------------------------------------------------------------------------------


def source(made: Made, axes: Sequence[str]) -> Source:
    """A source of samples in memory."""
    samples, labels = made
    shape = (None,) if axes == ("token",) else samples[0].shape
    kind = "future" if labels is None else "category"
    spec = DatasetSpec(
        path="made",
        format="made",
        samples=len(samples),
        inputs=(
            InputSpec(
                name="value",
                dtype="float32",
                axes=tuple(Axis(name=name, size=size) for name, size in zip(axes, shape, strict=True)),
            ),
        ),
        target=TargetSpec(name="label", kind=kind),
        splits=SplitCounts(),
    )
    return Source(
        spec=spec,
        ids=[str(i) for i in range(len(samples))],
        read=lambda place: samples[place],
        labels=None if labels is None else np.array(labels, dtype=object),
    )


def row(case: Case, seeds: int) -> tuple[str, ...]:
    """The cells of one case: how often it was found, and the facts over all seeds."""
    found = []
    for seed in range(seeds):
        made = case.make(np.random.default_rng(seed))
        found.append(measure(source(made, case.axes), seed=seed, probe_seconds=PROBE_SECONDS)[1])
    hits = sum(case.found(facts) for facts in found)
    cells = tuple(f"{name} {_spread([facts.value(name) for facts in found])}" for name in case.shown)
    print(case.name, hits, *cells, flush=True, file=sys.stderr)
    return case.name, case.truth, f"{hits} of {seeds}", *cells


def _spread(values: Sequence[float | None]) -> str:
    """`0.42 (0.38 to 0.45)`: median and range."""
    known = [value for value in values if value is not None]
    if not known:
        return "not stated"
    missing = f", not stated {len(values) - len(known)} times" if len(known) < len(values) else ""
    return f"{np.median(known):.3g} ({min(known):.3g} to {max(known):.3g}){missing}"


def table(rows: Sequence[Sequence[str]], seeds: int) -> str:
    """The page of results."""
    head = ("set", "known by construction", "found", "median (range)", "median (range)")
    lines = [
        "# Order, memory and layout, on sets where they are known",
        "",
        f"Written by `python benchmarks/order.py {seeds}`; {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, torch {version('torch')}, numpy {version('numpy')}. Each set is made "
        f"{seeds} times, by seeds 0 to {seeds - 1}; {SAMPLES} samples, or one series of 12,000 steps.",
        "",
        f"Found: a drop whose 95 % interval lies above {ORDER_DROP.value:g} counts as mattering, every other "
        "as telling nothing; the horizon must be within a factor of two of the truth, and the interval "
        f"must hold it. An echo is read between where its {EVENT} steps begin and where they end.",
        "",
        *(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    found = table([row(case, seeds) for case in CASES], seeds)
    RESULTS.write_text(found, encoding="utf-8")
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
