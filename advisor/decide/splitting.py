"""How samples are to be shared out: by groups, by time, or at random; and what a random split would hide."""

from __future__ import annotations

from advisor.decide.thresholds import ROWS_IN_ORDER, SPLIT_GAP, TARGET_DRIFT
from advisor.records import Fact, Facts, Finding, SplitSummary


def is_by_time(facts: Facts, *, named: bool) -> bool:
    """Whether rows with a time are split by it: the user names it; else, unless groups go before, the rows
    follow it, the target drifts with it, or a model that knows the future is better than it should be."""
    if facts.get("rows_in_time_order") is None:
        return False
    return named or (facts.get("groups") is None and bool(_signs_of_time(facts)))


def _signs_of_time(facts: Facts) -> list[str]:
    """What says that the order of time must be kept, in words."""
    signs = []
    order, drift = facts.value("rows_in_time_order") or 0.0, facts.get("target_drift")
    if order >= ROWS_IN_ORDER.value:
        signs.append(f"{100 * order:.0f} % of the rows follow it (limit {100 * ROWS_IN_ORDER.value:.0f} %)")
    if drift is not None and (drift.value or 0.0) >= TARGET_DRIFT.value and (drift.low or 0.0) > 0:
        signs.append(f"the target drifts (share {drift.value:.2g}, limit {TARGET_DRIFT.value:g})")
    others = facts.get("groups") or facts.get("possible_groups")
    if others is None and _is_too_good(facts.get("split_score_gap")):
        signs.append("a random split would have been too good")
    return signs


def _is_too_good(gap: Fact | None) -> bool:
    return gap is not None and (gap.value or 0.0) >= SPLIT_GAP.value and (gap.low or 0.0) > 0


def findings(
    facts: Facts,
    split: SplitSummary | None,
    *,
    time: str | None = None,
    possible: str | None = None,
    torn: bool = False,
) -> tuple[Finding, ...]:
    """Which split is proposed because of times, and what a random one would have scored beside it.

    Args:
        split: what `search` would use.
        time: the column that says when, where there is one.
        possible: the piece of the file names that may say who or what a file comes from.
        torn: whether the parts that the data give tear groups.
    """
    if split is None:
        return ()
    found = [_timed(facts, split, time)] if time is not None else []
    if split.kind in ("grouped", "time"):
        found.append(_beside_naive(facts, split))
    elif torn:
        found.append(_torn(facts))
    elif possible is not None:
        found.append(_possible(facts, possible))
    return tuple(one for one in found if one is not None)


def _timed(facts: Facts, split: SplitSummary, time: str) -> Finding | None:
    if facts.get("rows_in_time_order") is None or split.kind in ("given", "file", "fractions"):
        return None
    if split.kind == "time":
        signs = " and ".join(_signs_of_time(facts)) or "it was named"
        text = f"the rows carry a time, {time!r}, and are split by it: {signs}"
        remedy = "a search trains on the past and tests on what came last; --time none splits at random"
    else:
        why = "samples of one group are kept together instead"
        if split.kind != "grouped":
            drift = facts.value("target_drift")
            why = "nothing in the target changes with it"
            why += "" if drift is None else f" (drift {drift:.2g}, limit {TARGET_DRIFT.value:g})"
        text = f"the rows carry a time, {time!r}, which the split leaves out of account: {why}"
        remedy = f"name it with --time {time.split()[0]} to train on the past and test on what came last"
    return Finding(check="time_order", severity="info", count=1, text=text, remedy=remedy)


def _beside_naive(facts: Facts, split: SplitSummary) -> Finding | None:
    """The score of a random split beside that of the proposed one, where it was measured for this kind."""
    naive, honest, gap = (facts.get(f"split_score_{name}") for name in ("naive", "proposed", "gap"))
    by_groups = facts.get("groups") is not None
    if facts.get("possible_groups") is not None:
        return None
    if naive is None or honest is None or gap is None or by_groups != (split.kind == "grouped"):
        return None
    unit, better = naive.unit, gap.value or 0.0
    kept = "keeps each group in one part" if by_groups else "trains on the past"
    measured = f"{unit} of a quick model on {naive.samples} samples"
    if _is_too_good(gap):
        text = (
            f"a random split would have scored {naive.value:.2f} where one that {kept} scores "
            f"{honest.value:.2f} ({measured}): {better:.2f} too good, {_range(gap)}"
        )
        remedy = "expect the lower one on new data; a search uses the split that gives it"
        return Finding(check="naive_split", severity="warning", count=1, text=text, remedy=remedy)
    text = (
        f"a random split would not have been too good: {naive.value:.2f}, and {honest.value:.2f} where it "
        f"{kept} ({measured}; difference {better:.2f}, {_range(gap)})"
    )
    remedy = "nothing to do; a search keeps them apart all the same"
    return Finding(check="naive_split", severity="info", count=1, text=text, remedy=remedy)


def _torn(facts: Facts) -> Finding | None:
    """How much too good the score on a given test part of known groups is, by what it is within training."""
    naive, honest, gap = (facts.get(f"split_score_{name}") for name in ("naive", "proposed", "gap"))
    if naive is None or honest is None or gap is None or facts.get("groups") is None or not _is_too_good(gap):
        return None
    text = (
        "the given test part holds known groups, so that its score is too good for new ones: among the "
        f"training samples a random split scores {naive.value:.2f} where one that keeps each group in one "
        f"part scores {honest.value:.2f} ({naive.unit} of a quick model on {naive.samples} samples)"
    )
    remedy = "for new groups name a split that keeps them apart with --split FILE.csv"
    return Finding(check="naive_split", severity="warning", count=1, text=text, remedy=remedy)


def _possible(facts: Facts, name: str) -> Finding | None:
    """A piece of the names that a model knows again, or may know again where that was not measured."""
    groups = facts.value("possible_groups")
    naive, honest, gap = (facts.get(f"split_score_{one}") for one in ("naive", "proposed", "gap"))
    if groups is None:
        return None
    text = f"{name!r} of the file names goes with every class ({groups:.0f} values)"
    remedy = f"if it says who or what a file comes from, keep each in one part with --group {name}"
    if naive is None or honest is None or gap is None:
        return Finding(
            check="possible_groups", severity="info", count=round(groups), text=text, remedy=remedy
        )
    if not _is_too_good(gap):
        return None
    text += (
        f", and is known again: a random split scores {naive.value:.2f} where one that keeps each value in "
        f"one part scores {honest.value:.2f} ({naive.unit} of a quick model on {naive.samples} samples)"
    )
    return Finding(check="possible_groups", severity="warning", count=round(groups), text=text, remedy=remedy)


def _range(fact: Fact) -> str:
    return f"between {fact.low:.2f} and {fact.high:.2f}"
