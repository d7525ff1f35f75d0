"""Samples that are filled up to one length, with their true lengths in an array beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from advisor.readers.array.stored import Stored, plain_shape
from advisor.readers.source import Sample, Source

LENGTHS = frozenset({"length", "lengths", "len", "lens", "seqlen", "seqlens"})


def without_padding(source: Source, beside: Sequence[Stored]) -> Source:
    """The source with samples cut to the lengths that an array beside them gives; as it is without one, or
    where these lengths are not those of one axis."""
    named = [one for one in beside if set(one.words) & LENGTHS and one.dtype.kind in "iu"]
    fitting = [one for one in named if plain_shape(one.shape) == (len(source),)]
    if not fitting:
        return source
    lengths = np.asarray(fitting[0].whole()).ravel().astype(np.int64)
    axes = source.spec.input.axes
    longest = int(lengths.max(initial=0))
    exact = [place for place, axis in enumerate(axes) if axis.size == longest]
    places = exact or [place for place, axis in enumerate(axes) if axis.size and axis.size > longest]
    if len(places) != 1 or lengths.min(initial=1) < 1 or len(set(lengths.tolist())) < 2:
        return source
    place = places[0]

    def read(index: int) -> Sample:
        sample = source.read(index)
        if isinstance(sample, str):
            return sample
        return sample.take(range(int(lengths[index])), axis=place)

    cut = tuple(axis.model_copy(update={"size": None}) if i == place else axis for i, axis in enumerate(axes))
    inputs = (source.spec.input.model_copy(update={"axes": cut}), *source.spec.inputs[1:])
    return replace(source, spec=source.spec.model_copy(update={"inputs": inputs}), read=read)
