"""From data to a search that can begin: machine, split, decoded samples, networks, studies."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path

from advisor import prepare, training
from advisor.decide.splitting import is_by_time
from advisor.prepare import Split
from advisor.prepare.memory import Memory, default_limit
from advisor.readers.source import Source
from advisor.records import Facts, Inspection, SearchOptions
from advisor.search import short, studies
from advisor.search.budget import Budget
from advisor.search.candidates import greater_is_better
from advisor.search.data import SearchData, load
from advisor.search.ending import outcome
from advisor.search.events import Note, PhaseStarted
from advisor.search.limits import Limits, excess_of
from advisor.search.networks import Networks, families_for, networks_for
from advisor.search.state import Setting, State
from advisor.search.store import files, folder, provenance
from advisor.search.workers import executor as executors
from advisor.training import Compute

MAX_SIDES = ((300.0, 64), (1_800.0, 96), (float("inf"), 128))  # pixels a side for budgets up to these seconds
Picked = Mapping[str, bool | int | float | str | None]


def set_up(
    source: Source,
    inspection: Inspection,
    options: SearchOptions,
    run_dir: Path,
    beat: provenance.Beat,
    budget: Budget,
    stack: contextlib.ExitStack,
) -> tuple[Setting, State]:
    """Reads, splits, fits the preprocessing, opens the studies; writes the prediction before any training.

    What an earlier search in the folder picked is picked again.
    """
    state = State()
    beat(PhaseStarted("read", budget.left()))
    start = time.monotonic()
    before, data_now = provenance.read(run_dir), provenance.fingerprint(source)
    if before is not None:
        provenance.check_same(run_dir, before.data, data_now)
    if not (run_dir / folder.INSPECTION).is_file():
        files.write(run_dir / folder.INSPECTION, inspection.to_json(indent=1))
    compute = training.choose(
        options.device,
        threads=options.threads,
        precision=options.precision,
        gflops=options.gflops,
        seconds=budget.calibration_seconds(training.MOST_SECONDS),
    )
    # After the machine was measured; workers start while the data are read and the baselines fitted.
    executor = stack.enter_context(executors.opened(options.workers or 1))
    options = _resolved(options, compute)
    folder.write_config(run_dir, options)
    picked: Picked = {} if before is None else before.picks
    max_side = int(picked.get("max_side") or _max_side(budget, compute))
    memory = Memory(
        limit=options.memory or int(picked.get("memory") or default_limit()),
        cache=None if options.cache is None else Path(options.cache),
        data=data_now.to_json(),
    )
    split, decoded = _decoded(source, inspection, options, run_dir, max_side, memory)
    data = executor.set_up(decoded, compute)
    short.check_read_in_time(budget)
    limits = Limits.of(options)
    wanted = families_for(options.family, inspection.family, data.signature)
    sizing_seconds = _picked_seconds(picked, "sizing_seconds", budget.trial_seconds(len(wanted)))
    networks = networks_for(wanted, data, inspection, options, limits, compute, sizing_seconds)
    families = tuple(networks.spaces)
    trial_seconds = _picked_seconds(picked, "trial_seconds", budget.trial_seconds(len(families)))
    setting = Setting(
        source=source, inspection=inspection, options=options, split=split, data=data, compute=compute,
        budget=budget, run_dir=run_dir, families=families, spaces=networks.spaces, bases=networks.bases,
        firsts={family: next(iter(named.values())) for family, named in networks.bases.items()},
        studies=studies.open_studies(
            stack.enter_context(studies.opened(studies.storage_url(run_dir, options.storage))),
            families, run=run_dir.name, greater_is_better=greater_is_better(data),
        ),
        on_event=beat, trial_seconds=trial_seconds, excess=excess_of(limits, data, compute, options.seed),
        executor=executor,
    )  # fmt: skip
    environment = outcome.environment(compute)
    threads = int(str(environment["threads"]))
    beat.record = provenance.RunRecord(
        started=provenance.timestamp(time.time()) if before is None else before.started,
        data=data_now,
        picks={
            "device": compute.device, "precision": compute.precision, "threads": threads,
            "gflops": compute.flops_per_second / 1e9, "max_side": max_side,
            "sizing_seconds": sizing_seconds, "trial_seconds": trial_seconds, "memory": memory.limit,
            "workers": executor.workers, "threads_per_worker": executor.threads,
        },
        environment=environment,
        reproducible=provenance.reproducible(budget, compute, limits, threads, executor.workers),
        ruled_out=(*networks.not_streaming, *networks.too_large),
        test_looks=0 if before is None else before.test_looks,
    )  # fmt: skip
    provenance.write(run_dir, beat.record)
    state.phases["read"] = round(time.monotonic() - start, 3)
    beat(Note(f"computing with {compute.picked}"))
    for note in _notes(setting, networks):
        state.note(note, setting)
    return setting, state


def _decoded(
    source: Source,
    inspection: Inspection,
    options: SearchOptions,
    run_dir: Path,
    max_side: int,
    memory: Memory,
) -> tuple[Split, SearchData]:
    """The split, written to the run, and the samples as the preprocessing makes them, fitted on training."""
    facts = Facts(facts=inspection.facts)
    timed = is_by_time(facts, named=options.time is not None)
    split = prepare.make_split(source, inspection.task, option=options.split, seed=options.seed, timed=timed)
    split.write(run_dir / "split.csv")
    period = next((fact.value for fact in facts.facts if fact.name == "period"), None)
    preprocessing = prepare.fit(
        source, split, inspection.task, target=options.target, time=options.time, horizon=options.horizon,
        period=round(period) if period else None, max_side=max_side,
    )  # fmt: skip
    return split, load(source, split, preprocessing, options.seed, memory)


def _notes(setting: Setting, networks: Networks) -> list[str]:
    """What whoever asked for this search should know before it begins."""
    executor, unreadable = setting.executor, setting.data.unreadable
    notes = []
    if executor.workers > 1:
        each = "1 thread" if executor.threads == 1 else f"{executor.threads} threads"
        notes.append(f"{executor.workers} trials at a time, each with {each}, in the fair round too")
    if unreadable:
        notes.append(f"{len(unreadable)} samples could not be decoded and were left out: {unreadable[0]}")
    notes += setting.data.notes
    if networks.not_streaming:
        notes.append(f"`--streaming` rules out {'; '.join(networks.not_streaming)}")
    notes += [f"not searched, being beyond the limits: {one}" for one in networks.too_large]
    return notes


def _resolved(options: SearchOptions, compute: Compute) -> SearchOptions:
    """The options with what was picked for this machine, so that a search with them picks the same."""
    picks = {
        "device": compute.device,
        "threads": training.threads(),
        "precision": compute.precision,
        "gflops": compute.flops_per_second / 1e9,
    }
    return SearchOptions.model_validate({**options.model_dump(), **picks})


def _picked_seconds(picked: Picked, name: str, now: float | None) -> float | None:
    """What an earlier search in the folder gave its trials: all of a run are to be comparable."""
    before = picked.get(name)
    return now if before is None or now is None else float(before)


def _max_side(budget: Budget, compute: Compute) -> int:
    seconds = float("inf") if budget.seconds is None or compute.device != "cpu" else budget.seconds
    return next(side for limit, side in MAX_SIDES if seconds <= limit)
