"""Axes named by the user, or as those of the data that a model was trained on."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.errors import UsageError
from advisor.measure.shape.axes import Naming, rename
from advisor.measure.shape.unfold import split
from advisor.readers.source import Source
from advisor.records import AxisName, InputSpec

ORDER: tuple[AxisName, ...] = (
    "time", "depth", "height", "width", "token", "node", "feature", "channel",
)  # fmt: skip
"""The order of the axes of a sample that every later stage has."""

PLACES = ("time", "depth", "height", "width")


def rename_as(source: Source, names: Sequence[str]) -> Source:
    """The source with its axes called so, sorted as every later stage has them.

    Args:
        names: one per axis, in the order on disk; `channel` may be left out where it is the last.

    Raises:
        UsageError: a name that no axis has, one given twice, or another number of axes.
    """
    axes = source.spec.input.axes
    known: dict[str, AxisName] = {name: name for name in ORDER}
    wrong = next((name for name in names if name not in known), None)
    if wrong is not None:
        raise UsageError(f"`--axes`: {wrong!r} is no axis: choose from {', '.join(ORDER)}")
    given = [known[name] for name in names]
    if len(given) == len(axes) - 1 and "channel" not in given:
        given.append("channel")
    if len(given) != len(axes) or len(set(given)) < len(given):
        found = ", ".join(f"{axis.name} {axis.size or '(varies)'}" for axis in axes)
        raise UsageError(
            f"`--axes {' '.join(names)}`: one name for each axis of a sample is needed, each once; there are "
            f"{len(axes)} ({found})"
        )
    order = sorted(range(len(given)), key=lambda place: ORDER.index(given[place]))
    sorted_names, groups = [given[place] for place in order], [1] * len(order)
    if any(name in PLACES for name in given) and "channel" not in given:
        sorted_names, groups = [*sorted_names, "channel"], [*groups, 0]  # a channel axis of one
    return rename(source, Naming(tuple(sorted_names), tuple(order), tuple(groups)))


def rename_like(source: Source, trained: InputSpec) -> Source:
    """The source with its unnamed axes named and sorted as those of `trained` were.

    Raises:
        UsageError: the samples have another number of axes.
    """
    if source.whole is not None and len(source.whole.shape) == len(trained.stored_order):
        source = source.whole.along(None)  # trained on one long series
    if trained.unfolded and len(source.spec.input.axes) == 1:
        source = split(source, trained.unfolded)
    if len(source.spec.input.axes) != len(trained.stored_order):
        raise UsageError(
            f"{source.spec.path}: samples have {len(source.spec.input.axes)} axes, those the model was "
            f"trained on {len(trained.stored_order)}: give data of the same form"
        )
    names = tuple(axis.name for axis in trained.axes)
    return rename(source, Naming(names, trained.stored_order, trained.merged))
