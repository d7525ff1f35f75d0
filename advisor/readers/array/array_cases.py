"""Many arrays in one file, each a sample: `left/clip_001`, `rec007` with its label as an attribute, or a
group for each sample with its values and its label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.readers import part_names
from advisor.readers.array.array_roles import (
    CALLED,
    INPUTS,
    LABELS,
    Block,
    Given,
    has_few_values,
    inputs_among,
)
from advisor.readers.array.stored import Stored, plain_shape, words

LEAST_CASES = 8  # samples that something is told of, by a label, a mask or the group they lie in
LEAST_NUMBERED = 20  # arrays that nothing but a number tells apart: each is one sample
ALIKE = 0.9  # share of the groups that hold the same arrays
MOST_SHARE = 1 / 2  # classes at most, of the samples

Label = str | int | float


@dataclass(frozen=True)
class Case:
    """A sample: where it lies in the file, its values, what is told of it, and its mask."""

    place: tuple[str, ...]
    inputs: Stored
    label: Label | None = None
    mask: Stored | None = None


def find(stored: Sequence[Stored]) -> list[Block]:
    """A block for each sample; none where the arrays of the file are something else."""
    if len(stored) < LEAST_CASES or len({one.file for one in stored}) > 1:
        return []
    cases = _in_groups(stored) or _side_by_side(stored)
    if not cases or len({len(case.inputs.shape) for case in cases}) > 1:
        return []
    if all(case.mask is not None for case in cases):
        return [_block(case, Given("mask", None, None)) for case in cases]
    labels: Sequence[Label | None] = [case.label for case in cases]
    if None in labels or len(set(labels)) < 2:  # PyTables and MATLAB give every array a class of their own
        labels = _named(cases)
        if not labels and (len(cases) < LEAST_NUMBERED or not all(map(_is_numbered, cases))):
            return []
    if not labels:
        return [_block(case, Given(None, None, None)) for case in cases]
    return [
        _block(case, Given(None, None, np.array([label]))) for case, label in zip(cases, labels, strict=True)
    ]


def _block(case: Case, given: Given) -> Block:
    return Block(case.inputs.part, case.inputs, given, "" if case.mask is None else case.mask.where)


def _in_groups(stored: Sequence[Stored]) -> list[Case]:
    """`case_007/image` and `case_007/label`: the same arrays in every group."""
    groups: dict[tuple[str, ...], dict[str, Stored]] = {}
    for one in stored:
        *above, last = _place(one)
        groups.setdefault(tuple(above), {})[last] = one
    names, count = Counter(frozenset(group) for group in groups.values()).most_common(1)[0]
    if count < max(LEAST_CASES, ALIKE * len(groups)) or any(re.fullmatch(r"\d+", name) for name in names):
        return []
    cases = []
    for place, group in groups.items():
        inputs = inputs_among(list(group.values())) if set(group) == names else None
        if inputs is not None and inputs.dtype.kind in "biuf":
            cases.append(_case(place, inputs, [one for one in group.values() if one is not inputs]))
    return cases


def _case(place: tuple[str, ...], inputs: Stored, others: Sequence[Stored]) -> Case:
    told = [one for one in others if set(words(_place(one)[-1])) & (LABELS | CALLED)]
    label = next((one for one in told if plain_shape(one.shape) in ((), (1,))), None)
    mask = next((one for one in told if one.shape == inputs.shape and has_few_values(one)), None)
    value = _attribute(inputs) if label is None else _scalar(label)
    return Case(place, inputs, value, mask if len(plain_shape(inputs.shape)) > 1 else None)


def _side_by_side(stored: Sequence[Stored]) -> list[Case]:
    """Arrays that are called alike but for numbers, all of them, in each group."""
    cases = [Case(_place(one), one, _attribute(one)) for one in stored]
    if any(set(words(case.place[-1])) & LABELS or case.inputs.dtype.kind not in "biuf" for case in cases):
        return []
    numbered = all(map(_is_numbered, cases))
    return cases if numbered or all(case.label is not None for case in cases) else []


def _named(cases: Sequence[Case]) -> Sequence[Label]:
    """[sample] the class that a group, or else a name without its number, says; none where they say none."""
    above = [
        next((piece for piece in reversed(case.place[:-1]) if not _is_part(piece)), "") for case in cases
    ]
    bare = [" ".join(word for word in words(case.place[-1]) if not word.isdigit()) for case in cases]
    for names in (above, [re.sub(r"\d+", "", name).strip() for name in bare]):
        if 2 <= len(set(names)) <= MOST_SHARE * len(names) and "" not in names:
            return [*names]
    return []


def _is_numbered(case: Case) -> bool:
    """`rec007`, and not `train7`: that is what a part has of a class."""
    bare = re.sub(r"\d+", " ", case.place[-1])
    return bare != case.place[-1] and part_names.part_within(bare) is None


def _is_part(piece: str) -> bool:
    return part_names.part_within(piece) is not None or set(words(piece)) <= INPUTS


def _place(one: Stored) -> tuple[str, ...]:
    return tuple(one.name.split("/"))


def _attribute(one: Stored) -> Label | None:
    """What an attribute called as labels are says of an array."""
    told = (value for key, value in one.attributes.items() if set(words(key)) & (LABELS | CALLED))
    return next((_plain(value) for value in told), None)


def _scalar(one: Stored) -> Label:
    return _plain(one.whole().reshape(-1)[0])


def _plain(value: object) -> Label:
    found = value.item() if isinstance(value, np.generic) else value
    if isinstance(found, bytes):
        return found.decode("utf-8", "replace")
    return found if isinstance(found, (int, float)) else str(found)
