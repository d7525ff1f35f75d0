"""Who or what a sample comes from, where its path says so: samples of one group belong in one part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from advisor.readers.source import Source
from advisor.records import Finding

NAMED = re.compile(
    r"(?<![a-z])(?:subject|subj|sub|speaker|spk|actor|patient|participant|person|user|client)"
    r"[\s_.-]*(?:\d+|[a-z](?![a-z]))",
    re.I,
)
SHORT = re.compile(r"(?<![a-z0-9])[spg]\d{1,4}(?![a-z0-9])", re.I)
"""`s03`, `p226`, `g01`, as recordings of subjects, persons and groups are often called."""

LEAST_SHARE = 0.9  # of the paths must say it; fewer are a word that happens to look alike
LEAST_GROUPS = 5  # fewer cannot be shared out among training, validation and test
LEAST_SIZE = 2.0  # samples per group, on average; fewer make the group a number of the sample


def with_groups(source: Source) -> Source:
    """The source with its groups, and what is to be said about them; as it is where there are none."""
    if source.labels is None:
        return source
    groups = of_paths(source.ids)
    if groups is None or _are_the_classes(groups, source.labels):
        return source
    return replace(source, groups=groups, notes=(*source.notes, _finding(source, groups)))


def of_paths(paths: Sequence[str]) -> NDArray[np.str_] | None:
    """[sample] the group that each path names, in small letters; one that names none is a group alone."""
    for pattern in (NAMED, SHORT):
        found = [pattern.search(path) for path in paths]
        known = [match[0].lower() for match in found if match]
        count = len(set(known))
        if len(known) >= LEAST_SHARE * len(paths) and LEAST_GROUPS <= count <= len(known) / LEAST_SIZE:
            named = zip(found, paths, strict=True)
            return np.array([match[0].lower() if match else path for match, path in named])
    return None


def _are_the_classes(groups: NDArray[np.str_], labels: NDArray[np.generic]) -> bool:
    """Whether who it is is what is to be told: every group has its own class."""
    pairs = set(zip(groups.tolist(), map(str, labels.tolist()), strict=True))
    return len(pairs) == len(set(groups.tolist())) == len({label for _, label in pairs})


def _finding(source: Source, groups: NDArray[np.str_]) -> Finding:
    count, example = len(set(groups.tolist())), str(groups[0])
    torn = set[str]()
    if source.parts is not None:
        torn = set(groups[source.parts == "train"].tolist()) & set(groups[source.parts == "test"].tolist())
    if torn:
        text = f"{len(torn)} of {count} groups (such as {min(torn)!r}) are in the training and the test part"
        remedy = "the test score speaks of known groups only; name a split with --split for new ones"
        return Finding(check="groups", severity="warning", count=len(torn), text=text, remedy=remedy)
    text = f"the samples come from {count} groups by their paths (such as {example!r})"
    remedy = "a search keeps each group in one part, as a random split would not; see --split"
    return Finding(check="groups", severity="info", count=count, text=text, remedy=remedy)
