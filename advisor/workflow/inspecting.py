"""From a path to the advice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.records import Facts, Finding, Inspection, SplitSummary, Task

if TYPE_CHECKING:
    from advisor.readers.source import Source


def inspect(
    path: Path,
    *,
    target: str | None = None,
    task: Task | None = None,
    axes: str | None = None,
    reader: str | None = None,
    time: str | None = None,
    group: str | None = None,
    probe: bool = True,
    follow_links: bool = False,
    seed: int = 42,
) -> Inspection:
    """What kind of data this is, the family that fits, and why.

    Args:
        target: the column to be predicted.
        task: overrides the task that follows from the data.
        axes: names of the axes of a sample in the order on disk ("time height width channel").
        reader: reads the data as this form, a name in `advisor.readers.READERS`.
        time: the column that says when, for tables; "none" where the order of their rows says nothing.
        group: the column that says who or what a sample comes from, or "none".
        probe: whether small models are asked if order matters, which takes up to 5 s.
        follow_links: whether what links lead to is read where it lies out of the folder.

    Raises:
        DataError: nothing there that can be read.
        UsageError: axes that do not match the data, or a reader or a column that is none.
    """
    return look(
        path, target, task, axes, seed,
        reader=reader, time=time, group=group, probe=probe, follow_links=follow_links,
    )[1]  # fmt: skip


def inspect_as_page(
    path: Path,
    *,
    target: str | None = None,
    task: Task | None = None,
    axes: str | None = None,
    reader: str | None = None,
    time: str | None = None,
    group: str | None = None,
    probe: bool = True,
    follow_links: bool = False,
    seed: int = 42,
) -> tuple[Inspection, str]:
    """As `inspect`, and the same as one self-contained HTML page with pictures of the data."""
    from advisor.report import page, samples

    source, inspection = look(
        path, target, task, axes, seed,
        reader=reader, time=time, group=group, probe=probe, follow_links=follow_links,
    )  # fmt: skip
    return inspection, page.render(inspection, samples.shown_samples(source, seed))


def look(
    path: Path,
    target: str | None,
    task: Task | None,
    axes: str | None,
    seed: int,
    *,
    test: str | None = None,
    reader: str | None = None,
    time: str | None = None,
    group: str | None = None,
    split: str = "auto",
    probe: bool = True,
    seconds: float | None = None,
    follow_links: bool = False,
) -> tuple[Source, Inspection]:
    """The data and the advice.

    Args:
        seconds: for the probes and, in proportion, for reading samples; as many as they want when None.
    """
    from advisor import prepare, readers
    from advisor.decide import flowchart, health, needs, splitting
    from advisor.decide.reach import reach
    from advisor.measure import PROBE_SECONDS, measure
    from advisor.measure.shape.naming import rename_as
    from advisor.readers.joined import with_test

    source = readers.read(
        path, target=target, reader=reader, time=time, group=group, follow_links=follow_links
    )
    if test is not None:
        other = readers.read(Path(test), target=target, reader=reader, time=time, follow_links=follow_links)
        source = with_test(readers.entire(source), readers.entire(other))
    if axes is not None:
        source = rename_as(source, re.split(r"[\s,]+", axes.strip()))
    seconds = PROBE_SECONDS if seconds is None else min(seconds, PROBE_SECONDS)
    source, facts = measure(
        source, seed=seed, probe=probe, probe_seconds=seconds, share=seconds / PROBE_SECONDS
    )
    decision = flowchart.decide(source.spec, facts, task=task)
    timed = splitting.is_by_time(facts, named=time is not None)
    proposed = prepare.proposed_split(source, decision.task, option=split, seed=seed, timed=timed)
    notes = (
        *source.notes,
        *_refused(source, decision.task, proposed, option=split, seed=seed, timed=timed),
        *_of_split(source, facts, proposed),
        *needs.few_for(source.spec, facts, decision.task, decision.family),
    )
    skipped: dict[str, list[str]] = {}
    for one in source.skipped:
        skipped.setdefault(one.reason, []).append(one.where)
    spec = source.spec
    return source, Inspection(
        path=spec.path,
        format=spec.format,
        samples=spec.samples,
        splits=spec.splits,
        inputs=spec.inputs,
        target=spec.target,
        task=decision.task,
        structure=decision.structure,
        family=decision.family,
        order_matters=decision.order_matters,
        variable_length=decision.variable_length,
        confidence=decision.confidence,
        flowchart=decision.steps,
        alternatives=decision.alternatives,
        health=health.findings(spec, facts, skipped, notes),
        facts=(*facts.facts, *needs.needed_facts(spec, facts, decision.task)),
        reach=reach(spec, facts, decision.task),
        split=proposed,
        overruled={
            name: str(value)
            for name, value in (
                ("target", target), ("task", task), ("axes", axes), ("reader", reader), ("time", time),
                ("group", group),
            )
            if value is not None
        },
    )  # fmt: skip


def _refused(
    source: Source, task: Task, proposed: SplitSummary | None, *, option: str, seed: int, timed: bool
) -> tuple[Finding, ...]:
    """Why `search` cannot train these data, where it cannot."""
    from advisor import prepare
    from advisor.errors import DataError

    if proposed is not None or source.entire is not None:
        return ()
    why, remedy = f"{task} of this form", "take the advice; `advisor search` trains other tasks and forms"
    if prepare.is_trainable(source, task):
        try:
            prepare.make_split(source, task, option=option, seed=seed, timed=timed)
        except (DataError, ValueError) as error:
            why, _, remedy = str(error).removeprefix(f"{source.spec.path}: ").partition(": ")
    text = f"`advisor search` cannot train this: {why}"
    return (Finding(check="not_trained", severity="info", count=1, text=text, remedy=remedy),)


def _of_split(source: Source, facts: Facts, proposed: SplitSummary | None) -> tuple[Finding, ...]:
    from advisor.decide import splitting

    torn = any(note.check == "groups" and note.severity == "warning" for note in source.notes)
    return splitting.findings(
        facts, proposed, time=source.moment_name, possible=source.possible_name, torn=torn
    )
