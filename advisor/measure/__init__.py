"""Source -> Facts: what can be counted and measured on a few hundred samples, one file per question."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.errors import NoDataError
from advisor.measure.clock import Clock
from advisor.measure.graph import is_node_series, node_series_facts
from advisor.measure.health.origins import origin_facts
from advisor.measure.health.surveying import survey_facts, whole_series_facts
from advisor.measure.labels import label_facts
from advisor.measure.long_clip import is_long_clip, long_clip_facts
from advisor.measure.looks import Look, choose, look
from advisor.measure.probes.layout import layout_facts
from advisor.measure.probes.mirror import mirror_facts
from advisor.measure.probes.order import MOST_SERIES, order_facts
from advisor.measure.probes.running import is_running_text, running_text_facts
from advisor.measure.probes.series import (
    is_long_series,
    is_many_series,
    read_series,
    series_facts,
    side_by_side,
)
from advisor.measure.probes.split_probe import split_facts
from advisor.measure.quality import autocorrelation_fact, constant_place_facts, quality_facts
from advisor.measure.rows import as_facts
from advisor.measure.shape.arrange import arrange
from advisor.measure.shape.axes import name_axes
from advisor.measure.shape.neighbours import neighbour_facts, stack
from advisor.measure.shape.unfold import unfolded
from advisor.measure.sizes import size_facts
from advisor.measure.text import text_facts
from advisor.measure.times import time_facts
from advisor.readers.source import Source
from advisor.readers.text.letters import is_by_letter
from advisor.records import Fact, Facts

SAMPLES = 256
"""Samples looked at for all but the probes: a share of one half is then known to 6 %."""

PICTURES = 900
TEXT_SAMPLES = 2000
"""Most samples for the probes of pictures and texts, which are quick; series have their own limit."""

PROBE_SECONDS = 5.0
"""Time for the probes, decoding their samples included; a short search gives less."""

LOOK_SECONDS = 2.0
"""Time for decoding in each of the two rounds; at least eight samples are read in any case."""

CLIP_SECONDS = 4.0
"""Time for decoding clips, which are looked at once for everything."""

__all__ = ["PROBE_SECONDS", "measure"]


def measure(
    source: Source,
    *,
    seed: int = 42,
    probe: bool = True,
    probe_seconds: float = PROBE_SECONDS,
    share: float = 1.0,
) -> tuple[Source, Facts]:
    """Name the axes of a source by what is in it, and measure its facts.

    Samples of the test part are never measured: they are read to find copies of training samples among them
    and for nothing else (see `survey`). Axes that the reader named keep their names; a source
    with `unknown` axes comes back with named ones and a `read` that gives them in canonical order.

    Args:
        seed: which samples are looked at, and the folds and shuffles of the probes.
        probe: whether to ask by small models if order, and the side of a picture, matter.
        probe_seconds: time for the probes, decoding their samples included.
        share: of the usual time for other reading.

    Raises:
        NoDataError: not one sample can be read.
        DataError: unnamed samples have more than four axes.
    """
    if not len(source):
        raise NoDataError(f"`at least one sample`: found none in {source.spec.path}; give data")
    source, found = arrange(source)
    found += [] if probe else _unprobed()
    if is_running_text(source):
        found += running_text_facts(source, seed, probe=probe)
        return source, Facts(facts=tuple(found))
    found += [*label_facts(source), *origin_facts(source, seed)]
    if is_long_clip(source):
        found += long_clip_facts(source, share * CLIP_SECONDS, seed, probe=probe)
    elif is_node_series(source):
        found += node_series_facts(source, share * LOOK_SECONDS, seed, probe=probe)
    elif is_long_series(source):
        found += _long_series(source, seed, probe)
    else:
        source, several = _samples(source, seed, probe_seconds if probe else None, share)
        found += several
    return source, Facts(facts=tuple(found))


def _samples(
    source: Source, seed: int, probe_seconds: float | None, share: float
) -> tuple[Source, list[Fact]]:
    """The source with named axes, and facts of many samples; without the probes' where these have no time.

    Args:
        share: of the usual time for reading samples.
    """
    order = choose(source, seed)
    source, looks, asked, named = _first_looks(source, order, share)
    tried = set(order[:asked].tolist()) - {seen.index for seen in looks}
    unreadable = [str(source.ids[index]) for index in sorted(tried)]
    facts = [*size_facts(source, looks), *quality_facts(looks, asked, source.ids, unreadable), *named]
    facts += survey_facts(source, looks, seed, quick=probe_seconds is None, share=share)
    if is_many_series(source):
        return source, facts + series_facts(side_by_side(looks), seed, probe=probe_seconds is not None)
    facts += _content_facts(source, looks)
    if probe_seconds is not None:
        facts += _probe_facts(source, looks, order[asked:], probe_seconds, seed)
    return source, facts


def _first_looks(
    source: Source, order: NDArray[np.int64], share: float
) -> tuple[Source, list[Look], int, list[Fact]]:
    """The source with named axes, what was seen of its first samples, how many were tried, and facts
    of naming the axes."""
    found: list[Fact] = []
    source = unfolded(source)
    if any(axis.name == "unknown" for axis in source.spec.input.axes):
        source, found = name_axes(source, _looks(source, order, share))
    looks = _looks(source, order, share)
    last = int(np.flatnonzero(order == looks[-1].index)[0])
    return source, looks, last + 1, found


def _looks(source: Source, order: NDArray[np.int64], share: float) -> list[Look]:
    seconds = share * (LOOK_SECONDS if source.read_frames is None else CLIP_SECONDS)
    found = look(source, order[:SAMPLES], seconds)
    if not found:
        raise NoDataError(
            f"`at least one readable sample`: none of {min(len(order), SAMPLES)} samples "
            f"of {source.spec.path} could be decoded; check the files"
        )
    return found


def _content_facts(source: Source, looks: Sequence[Look]) -> list[Fact]:
    texts = [seen.text for seen in looks if seen.text is not None]
    if texts:
        return text_facts(texts, letters=is_by_letter(source.spec.input.axis("token")))
    pieces = [seen.piece for seen in looks if seen.piece is not None]
    names = [axis.name for axis in source.spec.input.axes]
    values = stack(pieces)
    facts = neighbour_facts(values, names)
    if names[-1] in ("channel", "feature"):
        columns = [column.name for column in source.spec.input.columns]
        facts += constant_place_facts(values, names[-1], columns)
    if names == ["time", "channel"]:
        facts += autocorrelation_fact(pieces)
    return facts


def _long_series(source: Source, seed: int, probe: bool) -> list[Fact]:
    looks = look(source, [0], LOOK_SECONDS)
    if not looks:
        raise NoDataError(f"`a readable series`: {source.spec.path} could not be decoded; check the file")
    return [
        *size_facts(source, looks),
        *quality_facts(looks, 1),
        *time_facts(source),
        *whole_series_facts(source),
        *series_facts(read_series(source), seed, probe=probe),
    ]


def _unprobed() -> list[Fact]:
    return as_facts([("probe_left_out", 1.0, "1", "the probes were left out as asked")], 0)


def _probe_facts(
    source: Source, looks: list[Look], rest: NDArray[np.int64], seconds: float, seed: int
) -> list[Fact]:
    """Facts of the probes that suit the axes, on more samples where these are quickly read."""
    end = time.monotonic() + seconds
    axes = source.spec.input
    if axes.axis("depth") is not None:  # no probe reads volumes
        return []
    most = TEXT_SAMPLES if axes.axis("token") else MOST_SERIES if axes.axis("time") else PICTURES
    if source.labels is not None and source.read_frames is None:
        looks = looks + look(source, rest[: max(0, most - len(looks))], min(LOOK_SECONDS, seconds / 3))
    splits = split_facts(source, looks, seed)
    if axes.axis("time") is None and axes.axis("token") is None:
        found = mirror_facts(source, looks, seed)
        return splits + found + layout_facts(source, looks, Clock(end), seed)
    return splits + order_facts(source, looks, end - time.monotonic(), seed)
