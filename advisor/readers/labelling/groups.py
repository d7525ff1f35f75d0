"""Who or what a sample comes from, where a column or its path says so: a group belongs in one part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UsageError
from advisor.readers import folders
from advisor.readers.labelling.group_columns import (
    LEAST_GROUPS,
    LEAST_SHARE,
    LEAST_SIZE,
    NONE,
    are_the_classes,
)
from advisor.readers.labelling.name_pieces import ways_to_cut
from advisor.readers.source import Source
from advisor.records import Finding

NAMED = re.compile(
    r"(?<![a-z])(?:subject|subj|sub|speaker|spk|actor|patient|participant|person|user|client)"
    r"[\s_.-]*(?:\d+|[a-z](?![a-z]))",
    re.I,
)
SHORT = re.compile(r"(?<![a-z0-9])[spg]\d{1,4}(?![a-z0-9])", re.I)
"""`s03`, `p226`, `g01`, as recordings of subjects, persons and groups are often called."""


def with_groups(source: Source, group: str | None = None) -> Source:
    """The source with its groups, and what is to be said about them; as it is where there are none.

    A column that the reader found goes before the paths.

    Args:
        group: what the user names: that column, or a piece of the file names; NONE for no groups.

    Raises:
        UsageError: nothing there is called so.
    """
    if source.labels is None or group is not None:
        source = replace(source, possible_groups=None, possible_name=None)
    if source.labels is None or group == NONE:
        return replace(source, groups=None, group_name=None)
    if group is not None and group != source.group_name:
        source = replace(source, groups=_of_piece(source.ids, group), group_name=group)
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


def _of_piece(paths: Sequence[str], name: str) -> NDArray[np.str_]:
    """[sample] one piece of the file names, `name1` being the first."""
    pieces = next(ways_to_cut([folders.stem(PurePosixPath(path).name) for path in paths]), [])
    varying = [piece for piece in pieces if len(piece.counts) > 1]
    found = next((piece for piece in varying if piece.name == name), None)
    if found is None:
        known = ", ".join(piece.describe() for piece in varying) or "none"
        raise UsageError(
            f"`--group {name}`: nothing here that could tell groups is called so: name a piece of the file "
            f"names ({known}), none, or give --split FILE.csv with a column `group`"
        )
    return np.array([value or path for value, path in zip(found.values, paths, strict=True)])


def _finding(source: Source, groups: NDArray[np.str_]) -> Finding:
    count, example = len(set(groups.tolist())), str(groups[0])
    torn = set[str]()
    if source.parts is not None:
        torn = set(groups[source.parts == "train"].tolist()) & set(groups[source.parts == "test"].tolist())
    if torn:
        text = f"{len(torn)} of {count} groups (such as {min(torn)!r}) are in the training and the test part"
        remedy = "the test score speaks of known groups only; name a split with --split for new ones"
        return Finding(check="groups", severity="warning", count=len(torn), text=text, remedy=remedy)
    where = "their paths" if source.group_name is None else repr(source.group_name)
    text = f"the samples come from {count} groups by {where} (such as {example!r})"
    remedy = "a search keeps each group in one part, as a random split would not"
    remedy += ", and does not learn from that column" if source.spec.input.axis("feature") else ""
    remedy += "; --group names another column, or none"
    return Finding(check="groups", severity="info", count=count, text=text, remedy=remedy)
