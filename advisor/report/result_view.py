"""Result → what a person reads of a search. Pure, like `view`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from advisor.records import (
    Advice,
    EnsembleResult,
    Inspection,
    Result,
)
from advisor.report import result_tables, view, words
from advisor.report.printable import quoted
from advisor.report.result_tables import Table


@dataclass(frozen=True)
class ResultView:
    """All parts of the search report, in the order they are read."""

    headline: str
    is_warning: bool
    cautions: tuple[str, ...]  # beside the headline: why its score may be too good
    rationale: tuple[tuple[str, tuple[str, ...]], ...]  # (what it answers, the answer)
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    next_commands: tuple[tuple[str, str], ...]  # (command, what it is for)


def loses_to_baseline(result: Result) -> bool:
    """Whether the best baseline's test score is at least the network's (exit code 3)."""
    return result.beats_baselines is not None and result.beats_baselines.gap <= 0


def result_view(result: Result, inspection: Inspection | None = None) -> ResultView:
    """The view of a result; the inspection of the same run adds why the family was predicted."""
    return ResultView(
        headline=_headline(result),
        is_warning=result.best is None or loses_to_baseline(result),
        cautions=tuple(f"The score may be too good: {one}." for one in result.cautions),
        rationale=_rationale(result, inspection),
        tables=result_tables.tables(result),
        notes=result.notes,
        next_commands=_next_commands(result, inspection),
    )


def _headline(result: Result) -> str:
    best, compared = result.best, result.beats_baselines
    if best is None:
        return (
            f"No network was trained ({result.status}): {result.notes[-1] if result.notes else 'see the log'}"
        )
    name = result_tables.winner(result)
    measured = best.test or best.validation
    part = "test" if best.test else "validation"
    scored = f"{result.metric} {words.score(measured)} on {measured.samples:,} {part} samples"
    if compared is None:
        return f"{name}: {scored}. No baseline was measured beside it."
    baseline = compared.best_baseline
    margin = words.gap(compared.gap, compared.ci95)
    if compared.gap <= 0:
        return (
            f"You need no deep network here: the baseline {baseline} is at least as good. "
            f"{name}: {scored}; its advantage over {baseline} is {margin}."
        )
    if compared.answer == "tied":
        return (
            f"{name}: {scored}. It is ahead of the baseline {baseline} by {margin}, which may be chance: "
            "the interval holds zero, and the baseline is cheaper."
        )
    if result.baselines_left_out:
        return (
            f"{name}: {scored}. It beats {baseline} by {margin}, but for want of time it was not set beside "
            f"{words.listing(result.baselines_left_out)}, which may be better."
        )
    return f"{name}: {scored}. It beats the best baseline, {baseline}, by {margin}."


def _rationale(result: Result, inspection: Inspection | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    said = list[tuple[str, tuple[str, ...]]]()
    if inspection is not None:
        said.append(("Why this family", (f"{view.why(inspection)} was predicted before any training.",)))
    said.append(("What was tried", (_tried(result),)))
    if result.ensemble is not None:
        said.append(("Does an ensemble pay", (_ensemble(result, result.ensemble),)))
    if result.advice is not None:
        said.append(("Did the advice hold", (_verdict(result.advice, result.metric),)))
    change = _would_change(result, inspection)
    if change:
        said.append(("What would change the advice", change))
    return tuple(said)


def _ensemble(result: Result, found: EnsembleResult) -> str:
    """What an ensemble gains and costs, and whether it was taken."""
    costs, gained = "", ""
    if found.of_one_trial:
        costs = f" trial {found.members[0].trial} with {_count(len(found.members), 'seed')}"
    elif found.members:
        named = words.listing([f"trial {one.trial} ({words.percent(one.share)})" for one in found.members])
        costs = f" {named}"
    if found.latency_ms is not None and found.single_latency_ms:
        factor = f"{found.latency_ms / found.single_latency_ms:.1f}"
        costs += f", {words.number(found.latency_ms)} ms a sample, {factor} times the single best's"
    if found.gain is not None:
        gained = (
            f"{words.gap(found.gain, found.ci95)} {result.metric} over the single best, on validation "
            "samples that had no part in choosing"
        )
    if not found.taken:
        considered = f" Considered:{costs}; gain {gained}." if len(found.members) > 1 and gained else ""
        return f"No: {_sentence(found.why)}{considered}"
    alone = result.single
    rest = (
        ""
        if alone is None
        else (
            f" The single best, trial {alone.trial} (validation {words.score(alone.validation)}), is in "
            f"{result.run}/single: `advisor export {quoted(result.run)} --single` takes it."
        )
    )
    if found.of_one_trial:
        return (
            f"Yes:{costs}. With so few samples a network hangs on its seed. In validation the mean of its "
            f"repeats, against each of them, gave {words.gap(found.gain or 0.0, found.ci95)} "
            f"{result.metric}.{rest}"
        )
    return f"Yes:{costs}; it gains {gained}.{rest}"


def _tried(result: Result) -> str:
    compared = [words.FAMILY_NAMES[item.family] for item in result.families if item.fair_round]
    counts = result.trials
    parts = [_count(len(result.baselines), "baseline")] if result.baselines else []
    if compared:
        given = any(item.fair_round.given for item in result.families if item.fair_round)
        equal = "equal seconds, split and seed" if given else "the same split and seed, each to its end"
        parts.append(f"a fair round of {words.listing(compared)} with {equal}")
    total = counts.complete + counts.pruned + counts.failed
    rejected = f", {counts.rejected} more beyond the limits" if counts.rejected else ""
    parts.append(
        f"{_count(total, 'trial')} ({counts.complete} complete, {counts.pruned} pruned, "
        f"{counts.failed} failed{rejected})"
    )
    if result.finalists:
        fresh = _count(len(result.finalists[0].values) - 1, "fresh seed")
        parts.append(f"the best {len(result.finalists)} of them again with {fresh} each")
    took = f" in {words.seconds(result.seconds)}" if result.seconds else ""
    interrupted = (
        "; it was interrupted, so this is what was found so far" if result.status == "interrupted" else ""
    )
    return f"{words.listing(parts)}{took}{interrupted}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _verdict(advice: Advice, metric: str) -> str:
    predicted = words.FAMILY_NAMES[advice.predicted]
    other = words.FAMILY_NAMES[advice.against] if advice.against else "the other families"
    margin = "" if advice.gap is None else f" by {words.gap(advice.gap, advice.ci95)} {metric}"
    behind = margin
    if advice.gap is not None and advice.ci95 is not None:
        behind = f" by {words.gap(-advice.gap, (-advice.ci95[1], -advice.ci95[0]))} {metric}"
    trails = advice.gap is not None and advice.gap < 0
    place = f"{predicted} is {'behind' if trails else 'ahead of'} {other}{behind if trails else margin}"
    text = {
        "confirmed": f"Confirmed: {predicted} is better than {other}{margin} in the fair round.",
        "contradicted": f"Contradicted: {other} is better than {predicted}{behind} in the fair round.",
        "undecided": f"Undecided: {place}, and the interval holds zero.",
        "untested": f"Untested: {predicted} was not compared with another family.",
    }[advice.verdict]
    return f"{text} {_sentence(advice.why[:1].upper() + advice.why[1:])}".strip()


def _would_change(result: Result, inspection: Inspection | None) -> tuple[str, ...]:
    said = []
    advice = result.advice
    if advice and advice.verdict == "contradicted" and advice.against:
        said.append(f"This measurement does: on data like these, take {words.FAMILY_NAMES[advice.against]}.")
    if advice and advice.verdict == "undecided":
        said.append("More validation samples or a longer fair round would narrow the interval.")
    if inspection is not None:
        step = view.least_sure(inspection)
        if step is not None:
            answer, sure = view.ANSWERS[step.answer], words.percent(step.confidence)
            said.append(f"It hangs most on “{step.text}”: {answer}, {sure} sure.")
        said += [
            f"{words.FAMILY_NAMES[item.family]}: {_sentence(item.why)}" for item in inspection.alternatives
        ]
    return tuple(said)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _next_commands(result: Result, inspection: Inspection | None) -> tuple[tuple[str, str], ...]:
    run = quoted(result.run)
    commands = []
    if result.best is not None:
        commands += [
            (
                f"advisor predict {run} NEW_FILES --out predictions.csv",
                "predict on new files of the same form",
            ),
            (
                f"advisor export {run} --format onnx --out {quoted(Path(result.run).name + '-onnx')}",
                "for other programs",
            ),
        ]
        if inspection is not None:
            commands.append(
                (f"advisor evaluate {run} {quoted(inspection.path)}", "measure the test score again")
            )
    if (Path(result.run) / "study.db").is_file():
        commands.append(
            (f"optuna-dashboard {quoted(f'sqlite:///{result.run}/study.db')}", "look at every trial")
        )
    if result.status == "interrupted":
        commands.append((f"advisor search --resume {run}", "go on where it stopped"))
    return tuple(commands)
