"""All runs of a folder, each in one record."""

from __future__ import annotations

import contextlib
from pathlib import Path

from advisor.errors import RunError
from advisor.records import Result, RunSummary
from advisor.search.store import folder, lock, provenance


def summaries(place: Path) -> tuple[RunSummary, ...]:
    """The runs in a folder, the newest first.

    Raises:
        RunError: no such folder.
    """
    if not place.is_dir():
        raise RunError(f"{place}: no such folder: name the one that holds the runs, or a run")
    found = [one for one in place.iterdir() if is_run(one) and not one.is_symlink()]
    return tuple(
        sorted((summary(one) for one in found), key=lambda one: (one.started, one.run), reverse=True)
    )


def is_run(place: Path) -> bool:
    """Whether a search was begun there."""
    return any((place / name).is_file() for name in (folder.INSPECTION, folder.RESULT, provenance.RUN))


def summary(run: Path) -> RunSummary:
    """What a run found, as far as it got; a file of it that is damaged is told, not raised.

    Raises:
        RunError: no run there.
    """
    if not is_run(run):
        raise RunError(f"{run}: no run there: `advisor runs` lists those in `{folder.RUNS}`")
    result, inspection, record, fault = None, None, None, None
    try:
        inspection, record = folder.inspection_of(run), provenance.read(run)
        result = folder.result_of(run) if (run / folder.RESULT).is_file() else None
    except RunError as error:
        fault = str(error)
    running = lock.is_held(run)
    status = "damaged" if fault else "running" if running else result.status if result else "unfinished"
    best = None if result is None else result.best
    return RunSummary.model_validate(
        {
            "run": str(run),
            "status": status,
            "started": record.started if record else provenance.timestamp(_changed(run)),
            "path": inspection.path if inspection else None,
            "task": inspection.task if inspection else None,
            "predicted": inspection.family if inspection else None,
            "family": best.family if best else None,
            "architecture": best.architecture if best else None,
            "metric": result.metric if result else None,
            "greater_is_better": result.greater_is_better if result else None,
            "validation": best.validation if best else None,
            "test": best.test if best else None,
            "parameters": best.parameters if best else None,
            "latency_ms": best.latency_ms if best else None,
            "verdict": result.advice.verdict if result and result.advice else None,
            "baseline": result.beats_baselines.best_baseline if result and result.beats_baselines else None,
            "gap_to_baseline": result.beats_baselines.gap if result and result.beats_baselines else None,
            "trials": _trials(result),
            "seconds": result.seconds if result else record.used_seconds if record else None,
            "seed": result.seed if result else None,
            "data": record.data.samples if record else None,
            "fault": fault,
        }
    )


def _trials(result: Result | None) -> int | None:
    return None if result is None else len(result.trial_rows)


def _changed(run: Path) -> float:
    with contextlib.suppress(OSError):
        return (run / folder.INSPECTION).stat().st_mtime
    return 0.0
