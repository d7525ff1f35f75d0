"""Result → what a person reads of a search. Pure, like `view`."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

from advisor.records import (
    Advice,
    BaselineResult,
    EnsembleResult,
    FamilyResult,
    Inspection,
    Result,
    Score,
    TrialRow,
)
from advisor.report import view, words
from advisor.report.printable import quoted

TRIALS_SHOWN = 10
BASELINES_SHOWN = 8


@dataclass(frozen=True)
class Table:
    """A table as text; `note` says what the columns mean."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


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
    tables = (
        _families(result),
        _against_baselines(result),
        _settings(result),
        _trade_off(result),
        _finalists(result),
        _trials(result),
        _phases(result),
    )
    return ResultView(
        headline=_headline(result),
        is_warning=result.best is None or loses_to_baseline(result),
        cautions=tuple(f"The score may be too good: {one}." for one in result.cautions),
        rationale=_rationale(result, inspection),
        tables=tuple(table for table in tables if table.rows),
        notes=result.notes,
        next_commands=_next_commands(result, inspection),
    )


# --- words --------------------------------------------------------------------------------------


def _headline(result: Result) -> str:
    best, compared = result.best, result.beats_baselines
    if best is None:
        return (
            f"No network was trained ({result.status}): {result.notes[-1] if result.notes else 'see the log'}"
        )
    name = _model(result)
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
    if found.members:
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


def _model(result: Result) -> str:
    assert result.best is not None
    name = f"{words.FAMILY_NAMES[result.best.family]} ({result.best.architecture})"
    if result.ensemble is None or not result.ensemble.taken:
        return name
    return f"Ensemble of {len(result.ensemble.members)} networks, {name} foremost"


# --- tables -------------------------------------------------------------------------------------


def _families(result: Result) -> Table:
    rows = tuple(_family_row(item) for item in result.families)
    note = f"Fair round: validation {result.metric} of each family's first candidate with its 95 % interval"
    note += _given(result)
    columns = ("family", "best architecture", "fair round", "took", "best", "trials", "time")
    return Table("Families", columns, rows, note)


def _given(result: Result) -> str:
    """What each family was given in the fair round."""
    given = {item.fair_round.given for item in result.families if item.fair_round}
    if given == {None}:
        return "; no time limit for any."
    seconds = ", ".join(words.seconds(one) for one in sorted(one for one in given if one is not None))
    return f"; each was given {seconds}, the same split and the same seed."


def _family_row(item: FamilyResult) -> tuple[str, ...]:
    found = item.fair_round
    fair = "-" if found is None or found.value is None else words.value(found.value, found.ci95)
    reason = f" ({item.status}: {item.reason})" if item.status != "done" and item.reason else ""
    return (
        words.FAMILY_NAMES[item.family],
        f"{item.architecture or '-'}{reason}",
        fair,
        words.seconds(found.seconds) if found else "-",
        words.number(item.best_validation),
        str(item.trials),
        words.seconds(item.seconds),
    )


def _against_baselines(result: Result) -> Table:
    def key(item: BaselineResult) -> float:
        found = item.test or item.validation
        if found is None:
            return float("inf")
        return -found.value if result.greater_is_better else found.value

    ranked = sorted(result.baselines, key=key)[:BASELINES_SHOWN]
    rows = [(item.name, words.score(item.validation), words.score(item.test), item.how) for item in ranked]
    if result.best is not None:
        best = result.best
        network = (f"* {_model(result)}", words.score(best.validation), words.score(best.test), "the network")
        place = sum(1 for item in ranked if key(item) <= _rank(best.test or best.validation, result))
        rows.insert(place, network)
    better = "greater" if result.greater_is_better else "smaller"
    over = " over groups" if result.split is not None and result.split.groups else ""
    note = f"{result.metric}, {better} is better, best first, with 95 % intervals{over}; * marks the network."
    return Table(
        "The network beside the baselines", ("model", "validation", "test", "what"), tuple(rows), note
    )


def _rank(found: Score, result: Result) -> float:
    return -found.value if result.greater_is_better else found.value


def _settings(result: Result) -> Table:
    best = result.best
    if best is None:
        return Table("Best settings", (), ())
    rows = [(name.replace("_", " "), words.number(value)) for name, value in sorted(best.params.items())]
    rows.append(("parameters", f"{best.parameters:,}"))
    if best.seconds_per_epoch is not None:
        rows.append(("time per epoch", words.seconds(best.seconds_per_epoch)))
    if best.latency_ms is not None:
        rows.append(("time per sample", f"{words.number(best.latency_ms)} ms"))
    if best.refit:
        rows.append(("trained again on", best.refit))
    found = f" (trial {best.trial})" if best.trial is not None else ""
    return Table(f"Best settings{found}", ("setting", "value"), tuple(rows))


def _trials(result: Result) -> Table:
    by_log_loss, greater = result.chosen_by == "log loss", _greater_wins(result)

    def key(row: TrialRow) -> tuple[bool, float]:
        value = float("inf") if row.value is None else -row.value if greater else row.value
        return row.state != "complete", value

    ranked = sorted(result.trial_rows, key=key)
    rows = tuple(
        (
            str(row.number),
            row.family.value,
            row.architecture,
            row.state,
            words.number(row.value),
            words.seconds(row.seconds),
            row.reason or "",
        )
        for row in ranked[:TRIALS_SHOWN]
    )
    more = len(ranked) - len(rows)
    note = f"The best first; {more} more in trials.csv." if more > 0 else ""
    if by_log_loss:
        note = f"Few samples, so log loss chooses (smaller is better). {note}".strip()
    chosen_by = result.chosen_by or result.metric
    columns = ("trial", "family", "architecture", "state", chosen_by, "time", "reason")
    shown = len(columns) if any(row[-1] for row in rows) else len(columns) - 1
    return Table("Trials", columns[:shown], tuple(row[:shown] for row in rows), note)


def _finalists(result: Result) -> Table:
    """What the best trials gave again with fresh seeds, and how much of that seeds alone do."""
    found = sorted(
        result.finalists, key=lambda one: statistics.fmean(one.values), reverse=_greater_wins(result)
    )
    if len(found) < 2:
        return Table("Finalists", (), ())
    means = [statistics.fmean(one.values) for one in found]
    rows = tuple(
        (
            f"{'* ' if place == 0 else ''}{one.trial}",
            f"{words.FAMILY_NAMES[one.family]} ({one.architecture})",
            words.number(mean),
            ", ".join(words.number(value) for value in one.values),
        )
        for place, (one, mean) in enumerate(zip(found, means, strict=True))
    )
    apart = max(max(one.values) - min(one.values) for one in found)
    note = (
        "The trial's own value first, then the same settings with fresh seeds; the best mean wins (*). "
        f"Seeds alone move one network by up to {words.number(apart)}; "
        f"the best mean is ahead of the next by {words.number(abs(means[0] - means[1]))}."
    )
    chosen_by = result.chosen_by or result.metric
    return Table("Finalists", ("trial", "network", f"mean {chosen_by}", "each seed"), rows, note)


def _greater_wins(result: Result) -> bool:
    """The direction of what trials are compared by."""
    return result.greater_is_better and result.chosen_by != "log loss"


def _trade_off(result: Result) -> Table:
    """Trials that no other beats in score, time and size at once, and the network that was chosen."""
    best = None if result.best is None else result.best.trial
    shown = [one for one in result.trade_off if one.on_front or one.trial == best]
    if len(result.trade_off) < 2:
        return Table("Score against cost", (), ())
    rows = tuple(
        (
            f"{'* ' if one.trial == best else ''}{one.trial}",
            f"{words.FAMILY_NAMES[one.family]} ({one.architecture})",
            words.number(one.value),
            f"{words.number(one.latency_ms)} ms",
            f"{one.parameters:,}",
        )
        for one in shown[:TRIALS_SHOWN]
    )
    note = (
        f"Trials that no other beats in validation {result.metric}, time per sample and parameters at once; "
        "* marks the one chosen. All of them are in result.json."
    )
    columns = ("trial", "network", result.metric, "per sample", "parameters")
    return Table("Score against cost", columns, rows, note)


def _phases(result: Result) -> Table:
    rows = [(name.replace("_", " "), words.seconds(value)) for name, value in result.phases.items()]
    split = result.split
    note = ""
    if split is not None:
        note = f"Split ({split.kind}): {words.split(split)}."
    if result.reproducible is not None:
        said = "; ".join(result.reproducible.because)
        again = (
            "The same seed gives the same trials again" if result.reproducible.answer else "Not repeatable"
        )
        note += f" {again}: {said}."
    return Table("Time and split", ("phase", "time"), tuple(rows), note)


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
