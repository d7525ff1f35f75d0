"""A search from data to result: baselines, the fair round, Optuna, the refit, one look at the test."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path

from advisor import interrupt, models, prepare, spaces, training
from advisor.decide.splitting import is_by_time
from advisor.decide.thresholds import MIRROR_HARMLESS
from advisor.errors import AdvisorError, UsageError
from advisor.prepare.memory import Memory, default_limit
from advisor.readers.source import Source
from advisor.records import Candidate, Facts, Family, Inspection, SearchOptions, Signature
from advisor.search import short, studies, trials
from advisor.search.baselining import run_baselines
from advisor.search.budget import (
    CUT_SHORT,
    REFIT_MARGIN,
    REFIT_SHARE,
    REFIT_SHARE_CUT,
    REFIT_TRIALS,
    Budget,
)
from advisor.search.candidates import greater_is_better
from advisor.search.data import SearchData, load
from advisor.search.ending import ensemble, finals, outcome, refit
from advisor.search.ending.outcome import Finished
from advisor.search.events import Note, Observer, PhaseStarted, ValuesAre
from advisor.search.limits import MARGIN, Limits, excess_of, one_way, streaming_spaces, within
from advisor.search.state import Setting, State
from advisor.search.store import checkpoints, files, folder, lock, provenance
from advisor.search.workers import executor as executors
from advisor.spaces import Space
from advisor.training import Compute

MAX_SIDES = ((300.0, 64), (1_800.0, 96), (float("inf"), 128))  # pixels a side for budgets up to these seconds


def run(
    source: Source,
    inspection: Inspection,
    options: SearchOptions,
    run_dir: Path,
    on_event: Observer,
    *,
    started: float | None = None,
    used: float = 0.0,
) -> Finished:
    """Searches; Ctrl-C ends it early with what there is. The caller writes the result and the bundle.

    In a folder where a search was begun it goes on with that.

    Args:
        source: with its axes named, as `measure` returns it.
        started: `time.monotonic()` when the command began: the timeout covers the whole command.
        used: seconds of the time limit that were used before.

    Raises:
        UntrainableTaskError, UsageError, DataError: before anything is trained.
        RunError: another search is at work in the folder, or its data have changed.
        AdvisorError: when no candidate could be trained at all.
    """
    budget = Budget.of(options.timeout, options.trials, started, used)
    run_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(interrupt.heard())
        stack.enter_context(lock.held(run_dir))
        files.remove_drafts(run_dir)
        files.remove_drafts(run_dir / checkpoints.FOLDER)
        beat = provenance.Beat(run_dir, on_event, used, budget.start)
        setting, state = _set_up(source, inspection, options, run_dir, beat, budget, stack)
        final, together = None, ensemble.NONE
        try:
            with state.phase("baselines", setting):
                run_baselines(setting, state)
            trials.restore(setting, state)
            finals.restore(setting, state)
            _train(setting, state)
            with state.phase("refit", setting):
                final = refit.refit(setting, state, seconds=_refit_seconds(setting, state))
            together = ensemble.consider(setting, state, final, _refit_seconds(setting, state))
        except KeyboardInterrupt:
            interrupt.take()
            setting.executor.close()
            state.interrupted = True
            final = final or refit.own_weights(setting, state)
        except Exception as error:
            if not files.disk_is_full(error) or not state.finished:
                raise
            setting.executor.close()
            state.interrupted = True
            state.note("the disk is full: the search ended with what there is", setting)
            checkpoints.make_room(run_dir)
            final = final or refit.own_weights(setting, state)
        beat.write()
        with interrupt.finishing():
            return outcome.finish(setting, state, final, together)


def _set_up(
    source: Source,
    inspection: Inspection,
    options: SearchOptions,
    run_dir: Path,
    beat: provenance.Beat,
    budget: Budget,
    stack: contextlib.ExitStack,
) -> tuple[Setting, State]:
    """Reads, splits, fits the preprocessing, opens the studies; writes the prediction before any training."""
    state, task = State(), inspection.task
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
    timed = is_by_time(Facts(facts=inspection.facts), named=options.time is not None)
    split = prepare.make_split(source, task, option=options.split, seed=options.seed, timed=timed)
    split.write(run_dir / "split.csv")
    facts = {fact.name: fact.value for fact in inspection.facts}
    period = facts.get("period")
    picked = {} if before is None else before.picks
    max_side = int(picked.get("max_side") or _max_side(budget, compute))
    preprocessing = prepare.fit(
        source, split, task, target=options.target, time=options.time, horizon=options.horizon,
        period=round(period) if period else None, max_side=max_side,
    )  # fmt: skip
    memory = Memory(
        limit=options.memory or int(picked.get("memory") or default_limit()),
        cache=None if options.cache is None else Path(options.cache),
        data=data_now.to_json(),
    )
    data = executor.set_up(load(source, split, preprocessing, options.seed, memory), compute)
    short.check_read_in_time(budget)
    families = families_for(options.family, inspection.family, data.signature)
    override = (
        spaces.parse(Path(options.space).read_text(encoding="utf-8"), options.space)
        if options.space
        else None
    )
    mirror = facts.get("mirror_score_ratio")
    family_spaces = {family: studies.spaces_for(family, data.signature, override) for family in families}
    mirror_ok = mirror is not None and mirror >= MIRROR_HARMLESS.value
    sizing_seconds = _picked_seconds(picked, "sizing_seconds", budget.trial_seconds(len(families)))
    limits, ruled_out = Limits.of(options), tuple[str, ...]()
    if limits.streaming:
        family_spaces, ruled_out = streaming_spaces(family_spaces, data.signature)
    bases = rule_candidates(data, family_spaces, sizing_seconds, compute, mirror_ok=mirror_ok)
    if limits.streaming:
        bases = {
            family: {name: one_way(candidate) for name, candidate in named.items()}
            for family, named in bases.items()
        }
    family_spaces, bases, too_large = within(
        excess_of(limits, data, compute, options.seed, margin=MARGIN),
        excess_of(Limits(limits.parameters), data, compute, options.seed),
        family_spaces,
        bases,
    )
    families = tuple(family_spaces)
    trial_seconds = _picked_seconds(picked, "trial_seconds", budget.trial_seconds(len(families)))
    setting = Setting(
        source=source, inspection=inspection, options=options, split=split, data=data, compute=compute,
        budget=budget, run_dir=run_dir, families=families, spaces=family_spaces,
        bases=bases,
        firsts={family: next(iter(named.values())) for family, named in bases.items()},
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
        ruled_out=(*ruled_out, *too_large),
        test_looks=0 if before is None else before.test_looks,
    )  # fmt: skip
    provenance.write(run_dir, beat.record)
    if executor.workers > 1:
        each = "1 thread" if executor.threads == 1 else f"{executor.threads} threads"
        state.note(f"{executor.workers} trials at a time, each with {each}, in the fair round too", setting)
    beat(Note(f"computing with {compute.picked}"))
    state.phases["read"] = round(time.monotonic() - start, 3)
    if data.unreadable:
        state.note(
            f"{len(data.unreadable)} samples could not be decoded and were left out: {data.unreadable[0]}",
            setting,
        )
    for one in data.notes:
        state.note(one, setting)
    if ruled_out:
        state.note(f"`--streaming` rules out {'; '.join(ruled_out)}", setting)
    for one in too_large:
        state.note(f"not searched, being beyond the limits: {one}", setting)
    return setting, state


def _resolved(options: SearchOptions, compute: Compute) -> SearchOptions:
    """The options with what was picked for this machine, so that a search with them picks the same."""
    picks = {
        "device": compute.device,
        "threads": training.threads(),
        "precision": compute.precision,
        "gflops": compute.flops_per_second / 1e9,
    }
    return SearchOptions.model_validate({**options.model_dump(), **picks})


def _picked_seconds(
    picked: Mapping[str, bool | int | float | str | None], name: str, now: float | None
) -> float | None:
    """What an earlier search in the folder gave its trials: all of a run are to be comparable."""
    before = picked.get(name)
    return now if before is None or now is None else float(before)


def families_for(option: str, advised: Family, signature: Signature) -> tuple[Family, ...]:
    """The families to search, the advised one first.

    Raises:
        UsageError: a family that does not fit these data.
    """
    fitting = models.families(signature)
    if option in ("auto", "all"):
        return tuple(sorted(fitting, key=lambda family: family is not advised))
    chosen = next((family for family in fitting if family.value == option), None)
    if chosen is None:
        raise UsageError(
            f"`--family {option}` has no network for {signature.layout} data: choose {', '.join(fitting)}"
        )
    return (chosen,)


def rule_candidates(
    data: SearchData,
    family_spaces: dict[Family, tuple[Space, ...]],
    seconds: float | None,
    compute: Compute,
    *,
    mirror_ok: bool,
) -> dict[Family, dict[str, Candidate]]:
    """What the sizing rule gives for every architecture, its own choice first.

    Sized for the refit, which has several times the seconds of a trial.
    """
    samples = len(data.rounds[0].train)
    final = None if seconds is None else REFIT_TRIALS * seconds / len(data.rounds)

    def of(family: Family, architecture: str | None = None) -> Candidate:
        return models.first_candidate(
            family,
            data.signature,
            samples=samples,
            seconds=final,
            mirror_ok=mirror_ok,
            flops_per_second=compute.flops_per_second,
            architecture=architecture,
        )

    found: dict[Family, dict[str, Candidate]] = {}
    for family, among in family_spaces.items():
        names = [space.architecture for space in among]
        first = of(family)
        if first.architecture not in names:
            first = of(family, names[0])
        found[family] = {first.architecture: first} | {name: of(family, name) for name in names}
    return found


def _train(setting: Setting, state: State) -> None:
    """The fair round, then the trials."""
    setting.on_event(ValuesAre(setting.data.chosen_by))
    with state.phase("fair_round", setting):
        trials.fair_round(setting, state)
    left, begun = setting.budget.left(), setting.budget.elapsed()

    def of_search() -> float | None:
        """All seconds between the fair round and the refit."""
        return None if left is None else left - _refit_needs(setting, state, left)

    def until() -> float | None:
        seconds = of_search()
        if seconds is None:
            return None
        return begun + seconds - finals.needs(setting, state, finals.affordable(setting, state, seconds))

    def for_finals() -> float | None:
        seconds = of_search()
        return None if seconds is None else begun + seconds - setting.budget.elapsed()

    with state.phase("search", setting):
        trials.search(setting, state, until)
    chosen = finals.affordable(setting, state, of_search())
    if chosen:
        with state.phase("finals", setting):
            finals.hold(setting, state, chosen, for_finals)
    elif finals.finalists(setting, state):
        state.note(finals.NOT_HELD, setting)
    setting.executor.close()  # what follows needs the memory and all threads
    if not state.finished:
        reasons = sorted({row.reason or "" for row in state.rows})
        raise AdvisorError(
            f"no network could be trained: {'; '.join(reasons) or 'there was no time for a single trial'}: "
            f"{_remedy(reasons)}, or see the trials in {setting.run_dir}"
        )


def _remedy(reasons: list[str]) -> str:
    if any("memory" in reason for reason in reasons):
        return "free some memory and go on with `--resume`, set a limit by `--max-parameters`"
    return "give a longer `--timeout`"


def _refit_needs(setting: Setting, state: State, left: float) -> float:
    """Seconds to keep for the refit of what is best so far and for fitting the baselines again."""
    best = state.best(setting.data)
    if best is None:
        return REFIT_SHARE * left
    fitted = state.finished[best].fitted
    share = (REFIT_SHARE_CUT if fitted.fraction < CUT_SHORT else REFIT_SHARE) * left
    whole = fitted.seconds / max(fitted.fraction, 1e-9)  # what the whole schedule would have taken
    return (
        min(share, REFIT_MARGIN * whole + 1.0) + ensemble.planned(setting, state, left) + _second_fits(state)
    )


def _refit_seconds(setting: Setting, state: State) -> float | None:
    left = setting.budget.left()
    return None if left is None else max(setting.budget.least_refit(), left - _second_fits(state))


def _second_fits(state: State) -> float:
    """What fitting the baselines again for the test will take."""
    return 1.2 * sum(one.result.seconds for one in state.baselines)


def _max_side(budget: Budget, compute: Compute) -> int:
    seconds = float("inf") if budget.seconds is None or compute.device != "cpu" else budget.seconds
    return next(side for limit, side in MAX_SIDES if seconds <= limit)
