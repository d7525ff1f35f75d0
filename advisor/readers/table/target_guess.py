"""Which column is to be predicted: by what people call it and where they put it, with how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.readers.labelling.group_columns import without_people
from advisor.readers.labels import LEAST_PER_CLASS, MAX_CLASSES_OF_COLUMN, target_spec
from advisor.readers.table.cells import Kind, as_times, is_missing
from advisor.readers.table.table_rows import LIKELY_NAMES, SURE_NAMES, Rows, find_column
from advisor.records import TargetSpec

TARGET_WORDS = ("target", "label", "class", "outcome")
"""Words that say the same within a longer name: `target_variable`, `class_label`."""

LAST_WORDS = ("sentiment", "polarity", "species", "category", "diagnosis", "emotion", "quality", "price")
"""Words that say it at the end of a longer one: `airline_sentiment`, `house_price`."""

MOST_CHOICES = 8
LEAST_ALIKE = 4  # columns that show what a feature is
POINT_COLUMNS = 2  # `x` and `y` alone are an input and its answer; with more columns they are a place
MOST_NAMES = 0.2  # different words per row, above which a column of words names rows and does not class them
DATES_LOOKED_AT, MOSTLY = 50, 0.9  # cells, and the share of them that dates are
GIVEN, ATTACHED, ABSENT, NAMED, LIKELY = 1.0, 0.97, 0.97, 0.97, 0.93
LAST_CLASS, LAST_NUMBER, FIRST_CLASS, ONLY, UNSURE = 0.92, 0.88, 0.85, 0.88, 0.5
"""Shares of public tables in which a guess by that sign is right: estimates, to be read as an order."""


@dataclass(frozen=True)
class Guess:
    """A column, how sure it is that it is the target, why, and which others it could be."""

    position: int
    confidence: float
    reason: str
    choices: tuple[str, ...] = ()

    def spec(self, name: str, labels: NDArray[np.generic]) -> TargetSpec:
        """The target that the guess makes of these labels."""
        update = {"confidence": self.confidence, "reason": self.reason, "choices": self.choices}
        return target_spec(name, labels).model_copy(update=update)


def given_target(rows: Rows, name: str) -> Guess:
    """The column that the user names; raises UsageError where there is none."""
    return Guess(find_column(rows, name), GIVEN, "named by --target")


def by_name(rows: Rows, candidates: Sequence[int]) -> Guess | None:
    """A column from a table of labels, one that other parts lack, or one with a usual name."""
    if rows.attached is not None and rows.attached in candidates:
        return Guess(rows.attached, ATTACHED, "it comes from a table of labels")
    if rows.absent is not None and rows.absent in candidates:
        return Guess(rows.absent, ABSENT, "another part of the data lacks it")
    names = {rows.header[i].strip().lower().replace(" ", "_"): i for i in candidates}
    if "x" in {name.strip().lower() for name in rows.header} and len(rows.header) > POINT_COLUMNS:
        names.pop("y", None)  # a direction
    choices = tuple(rows.header[i] for i in candidates)[-MOST_CHOICES:]
    for usual, sure in ((SURE_NAMES, NAMED), (LIKELY_NAMES, LIKELY)):
        found = next((names[name] for name in usual if name in names), None)
        if found is not None:
            return Guess(found, sure, f"{rows.header[found]!r} is a usual name of a target", choices)
    for name, i in names.items():
        if any(word in name.split("_") for word in TARGET_WORDS) or name.split("_")[-1] in LAST_WORDS:
            return Guess(i, LIKELY, f"{rows.header[i]!r} is a usual name of a target", choices)
    return None


def guess_target(rows: Rows, kinds: Sequence[Kind], candidates: Sequence[int]) -> Guess | None:
    """By its name, else by its place: the last column, or the first where only that holds classes."""
    if not candidates:
        return None
    named = by_name(rows, candidates)
    if named is not None:
        return named
    varying = [i for i in candidates if not _is_constant(rows, i)] or list(candidates)
    others = without_people(rows.header, rows.column, varying)
    who = set(candidates) - set(others)
    if not any(holds_classes(rows, kinds, i) for i in others):
        others, who = varying, set(candidates) - set(varying)  # nothing but who it is can be told
    dates = {i for i in others if kinds[i] == "category" and _are_dates(rows, i)}
    if dates < set(others):
        others, who = [i for i in others if i not in dates], who | dates
    candidates, end = others, max(i for i in range(len(rows.header)) if i not in who)
    candidates = [i for i in candidates if not _names_rows(rows, kinds, i)] or candidates
    choices = tuple(rows.header[i] for i in candidates)[-MOST_CHOICES:]
    if len(candidates) == 1:
        return Guess(candidates[0], ONLY, "the only column that can be predicted", choices)
    first, last = candidates[0], candidates[-1]
    if not rows.named and _are_words(kinds, candidates, [0]) and _is_like_others(rows, candidates[1:]):
        return Guess(0, FIRST_CLASS, "the only column of words, before columns that are all alike", choices)
    if last == end and holds_classes(rows, kinds, last):
        return Guess(last, LAST_CLASS, "the last column, and it holds classes", choices)
    if first == 0 and _counts_classes(rows, kinds, first) and _alone(rows, kinds, candidates):
        return Guess(first, FIRST_CLASS, "the first column, and only it holds classes", choices)
    words = [i for i in candidates if kinds[i] == "category"]
    if not rows.named and len(words) == 1 and words[0] in candidates[:2] and not _is_whole(rows, last):
        return Guess(words[0], FIRST_CLASS, "the only column of words", choices)
    classes = [i for i in candidates if holds_classes(rows, kinds, i)]
    if last == end:
        sure = LAST_NUMBER if kinds[last] == "number" else UNSURE
        return Guess(last, sure, "the last column", choices)
    if not rows.named and first == 0 and kinds[0] == "number" and _names_rows(rows, kinds, len(kinds) - 1):
        return Guess(0, UNSURE, "the first column, and the last only names the rows", choices)
    chosen = classes[-1] if len(classes) == 1 else last
    return Guess(chosen, UNSURE, "the last column that can be predicted", choices)


def _is_constant(rows: Rows, position: int) -> bool:
    """Whether a column says the same in every row: the mark that ends a row, a unit, what was measured."""
    return len({cell.strip() for cell in rows.column(position)}) < 2


def _are_words(kinds: Sequence[Kind], candidates: Sequence[int], places: Sequence[int]) -> bool:
    return [i for i in candidates if kinds[i] == "category"] == list(places)


def _are_dates(rows: Rows, position: int) -> bool:
    """Points in time that are not all written in one way, and so no column of times."""
    known = [cell for cell in rows.column(position) if not is_missing(cell)][:DATES_LOOKED_AT]
    return sum(as_times([cell]) is not None for cell in known) > MOSTLY * len(known)


def _names_rows(rows: Rows, kinds: Sequence[Kind], position: int) -> bool:
    """Words of which few stand in several rows: models of cars, names of places."""
    cells = [cell for cell in rows.column(position) if not is_missing(cell)]
    return kinds[position] == "category" and len(set(cells)) > max(
        MOST_NAMES * len(cells), MAX_CLASSES_OF_COLUMN
    )


def _is_like_others(rows: Rows, candidates: Sequence[int]) -> bool:
    """Whether the last column is one of many whole numbers of one range, and so a feature like them."""
    columns = [rows.numbers(i) for i in candidates]
    spans = [(float(np.nanmin(one)), float(np.nanmax(one))) for one in columns if one is not None]
    if len(spans) < LEAST_ALIKE or not all(_is_whole(rows, i) for i in candidates):
        return False
    wide = [high - low for low, high in spans]
    return max(wide) <= 2 * min(wide)


def holds_classes(rows: Rows, kinds: Sequence[Kind], position: int) -> bool:
    """Words, or few different whole numbers."""
    if kinds[position] == "category":
        return True
    numbers = rows.numbers(position)
    return kinds[position] == "number" and numbers is not None and few_integers(numbers)


def _counts_classes(rows: Rows, kinds: Sequence[Kind], position: int) -> bool:
    """Words without rival, or whole numbers that count: 1, 2, 3 and not 800, 1000, 1250."""
    if kinds[position] == "category":
        return not rows.named and not _is_whole(rows, len(rows.header) - 1)
    numbers = rows.numbers(position)
    if numbers is None or not few_integers(numbers):
        return False
    distinct = np.unique(numbers[np.isfinite(numbers)])
    return bool(np.ptp(distinct) < 2 * len(distinct))


def _is_whole(rows: Rows, position: int) -> bool:
    numbers = rows.numbers(position)
    return numbers is not None and bool((np.nan_to_num(numbers) == np.round(np.nan_to_num(numbers))).all())


def few_integers(numbers: NDArray[np.float64], most: int = MAX_CLASSES_OF_COLUMN) -> bool:
    """Whether a column of numbers can be one of class numbers."""
    known = numbers[np.isfinite(numbers)]
    distinct = np.unique(known)
    whole = bool((distinct == np.round(distinct)).all())
    return whole and 2 <= len(distinct) <= most and len(distinct) * LEAST_PER_CLASS <= len(known)


def _alone(rows: Rows, kinds: Sequence[Kind], candidates: Sequence[int]) -> bool:
    return not any(holds_classes(rows, kinds, i) for i in candidates[1:])


def free_columns(kinds: Sequence[Kind]) -> list[int]:
    """Columns of numbers or categories: those that can be predicted."""
    return [i for i, kind in enumerate(kinds) if kind in ("number", "category")]
