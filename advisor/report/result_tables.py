"""Result → the tables of a search report. Pure, like `view`."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from advisor.records import BaselineResult, FamilyResult, Result, Score, TrialRow
from advisor.report import words

TRIALS_SHOWN = 10
BASELINES_SHOWN = 8


@dataclass(frozen=True)
class Table:
    """A table as text; `note` says what the columns mean."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables(result: Result) -> tuple[Table, ...]:
    """Those that have something to show, in the order they are read."""
    shown = (
        _families(result),
        _against_baselines(result),
        _settings(result),
        _trade_off(result),
        _finalists(result),
        _trials(result),
        _phases(result),
    )
    return tuple(table for table in shown if table.rows)


def winner(result: Result) -> str:
    """The network, or the ensemble, that is handed over."""
    assert result.best is not None
    name = f"{words.FAMILY_NAMES[result.best.family]} ({result.best.architecture})"
    if result.ensemble is None or not result.ensemble.taken:
        return name
    count = len(result.ensemble.members)
    if result.ensemble.of_one_trial:
        return f"{name}, the mean of {count} seeds"
    return f"Ensemble of {count} networks, {name} foremost"


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
        network = (f"* {winner(result)}", words.score(best.validation), words.score(best.test), "the network")
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
