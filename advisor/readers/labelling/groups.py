"""Who or what a sample comes from, where a column or its path says so: a group belongs in one part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from advisor.readers.labelling.group_columns import LEAST_GROUPS, LEAST_SHARE, LEAST_SIZE, are_the_classes
from advisor.readers.source import Source
from advisor.records import Finding

NAMED = re.compile(
    r"(?<![a-z])(?:subject|subj|sub|speaker|spk|actor|patient|participant|person|user|client)"
    r"[\s_.-]*(?:\d+|[a-z](?![a-z]))",
    re.I,
)
SHORT = re.compile(r"(?<![a-z0-9])[spg]\d{1,4}(?![a-z0-9])", re.I)
"""`s03`, `p226`, `g01`, as recordings of subjects, persons and groups are often called."""


def with_groups(source: Source) -> Source:
    """The source with its groups, and what is to be said about them; as it is where there are none.

    A column that the reader found goes before the paths.
    """
    if source.labels is None:
        return replace(source, groups=None, group_name=None)
    if source.groups is not None:
        return replace(source, notes=(*source.notes, _finding(source, source.groups)))
    groups = of_paths(source.ids)
    if groups is None or are_the_classes(groups, source.labels):
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


def _finding(source: Source, groups: NDArray[np.str_]) -> Finding:
    count, example = len(set(groups.tolist())), str(groups[0])
    torn = set[str]()
    if source.parts is not None:
        torn = set(groups[source.parts == "train"].tolist()) & set(groups[source.parts == "test"].tolist())
    if torn:
        text = f"{len(torn)} of {count} groups (such as {min(torn)!r}) are in the training and the test part"
        remedy = "the test score speaks of known groups only; name a split with --split for new ones"
        return Finding(check="groups", severity="warning", count=len(torn), text=text, remedy=remedy)
    where = "their paths" if source.group_name is None else f"the column {source.group_name!r}"
    text = f"the samples come from {count} groups by {where} (such as {example!r})"
    remedy = "a search keeps each group in one part, as a random split would not"
    remedy += "" if source.group_name is None else ", and does not learn from that column"
    return Finding(check="groups", severity="info", count=count, text=text, remedy=f"{remedy}; see --split")
