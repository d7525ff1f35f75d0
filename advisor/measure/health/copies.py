"""Copies: samples that are equal to another one or nearly so, within a part and from one part to another."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.errors import DataError
from advisor.measure.health.alike import near_copies
from advisor.measure.health.alike_texts import near_texts
from advisor.measure.health.survey import Seen, is_blank
from advisor.measure.labels import is_labelled
from advisor.measure.rows import as_facts, with_examples
from advisor.readers.file_copies import equal_files
from advisor.readers.source import Source
from advisor.readers.text.letters import is_by_letter
from advisor.records import Fact

Pair = tuple[int, int]
MOST_FILES = 200  # groups of equal files, of which one each is read to see that it is not blank
ORDER = ("", "train", "validation", "test")


@dataclass(frozen=True)
class Copies:
    """Pairs of samples (indices) of which the first stands for all equal ones.

    Attributes:
        compared: samples whose content or file was compared.
        viewed: how many of them were compared for being nearly equal too.
    """

    exact: tuple[Pair, ...]
    near: tuple[Pair, ...]
    compared: frozenset[int]
    viewed: int


def find_copies(source: Source, seen: Sequence[Seen], seconds: float) -> Copies:
    """Exact copies among the samples seen and among their files, and near-copies among those seen."""
    end = time.monotonic() + seconds
    groups: dict[bytes, list[int]] = {}
    for one in (one for one in seen if not one.blank):
        groups.setdefault(one.digest, []).append(one.index)
    exact = [pair for same in groups.values() for pair in _pairs(source, same)]
    compared = {one.index for one in seen}
    if source.files is not None:
        files, read = equal_files(source.files, end - time.monotonic())
        blank = {one.index for one in seen if one.blank}
        files = [same for same in files if not blank & set(same)]
        exact += [
            pair
            for same in files[:MOST_FILES]
            if _shows_something(source, same[0])
            for pair in _pairs(source, same)
        ]
        compared |= read
    firsts = {_first(source, same) for same in groups.values()}
    single = [one for one in seen if one.index in firsts]
    if source.spec.input.axis("token") is not None:
        near = near_texts(
            single, max(0.0, end - time.monotonic()), letters=is_by_letter(source.spec.input.axis("token"))
        )
    else:
        near = near_copies(source, single)
    viewed = sum(one.view is not None or one.text is not None for one in seen)
    return Copies(
        tuple(sorted(set(exact))), tuple(sorted(set(near) - set(exact))), frozenset(compared), viewed
    )


def _shows_something(source: Source, index: int) -> bool:
    if source.read_frames is not None:  # clips are slow to read, and hardly ever blank
        return True
    try:
        return not is_blank(source.read(index))
    except DataError:
        return False


def copy_facts(source: Source, copies: Copies, seconds: float) -> list[Fact]:
    """How many samples are copies, with examples of pairs; across parts, of how many held-out ones.

    Args:
        seconds: how long all of it was allowed to take.
    """
    compared = len(copies.compared)
    across = [pair for pair in (*copies.exact, *copies.near) if is_across(source, pair)]
    exact = [pair for pair in copies.exact if not is_across(source, pair)]
    near = [pair for pair in copies.near if not is_across(source, pair)]
    how = f"samples of all parts that were compared with each other within {seconds:g} s"
    found = as_facts([("compared_samples", float(compared), "samples", how)], compared)
    found.append(_fact(source, "duplicate_samples", exact, "equal to another one", compared))
    found.append(_fact(source, "near_duplicate_samples", near, "nearly equal to another one", copies.viewed))
    alike = copies.exact if source.spec.input.axis("token") else (*copies.exact, *copies.near)
    odd = [pair for pair in alike if _labels_differ(source, pair)]  # one word may turn what a text says
    found.append(_fact(source, "duplicates_labelled_otherwise", odd, "copies with another label", compared))
    if source.parts is not None:
        held = sum(str(source.parts[index]) in ("validation", "test") for index in copies.compared)
        how = "samples of the test or validation part that are equal, or nearly so, to one of another part"
        found.append(_fact(source, "duplicates_across_parts", across, how, held))
    return found


def _fact(source: Source, name: str, pairs: Sequence[Pair], how: str, samples: int) -> Fact:
    examples = (f"{source.ids[first]} = {source.ids[second]}" for first, second in pairs)
    count = len({held_out(source, pair) for pair in pairs})
    return with_examples((name, float(count), "samples", how), samples, examples)


def _pairs(source: Source, same: Sequence[int]) -> list[Pair]:
    first = _first(source, same)
    return [(first, other) for other in sorted(same) if other != first]


def _first(source: Source, same: Sequence[int]) -> int:
    """Which of equal samples stands for all: one for training, where there is one."""
    return min(same, key=lambda index: (ORDER.index(_part(source, index)), index))


def _part(source: Source, index: int) -> str:
    return str(source.parts[index]) or "train" if source.parts is not None else ""


def is_across(source: Source, pair: Pair) -> bool:
    """Whether the data themselves put the two into different parts."""
    return _part(source, pair[0]) != _part(source, pair[1])


def held_out(source: Source, pair: Pair) -> int:
    """Which of a pair counts: of two parts the one that is not for training."""
    return max(pair, key=lambda index: (ORDER.index(_part(source, index)), index))


def _labels_differ(source: Source, pair: Pair) -> bool:
    if source.labels is None:
        return False
    both = source.labels[list(pair)]
    return bool(is_labelled(both).all()) and str(both[0]) != str(both[1])
