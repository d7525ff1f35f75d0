"""The run folder: where it lies, what `runs/latest` names, and what is read back from it.

inspection.json  the prediction, before any training     split.csv    which sample is in which part
config.toml      the options, to be used again            study.db     Optuna's storage
run.json         data, versions, hardware, seconds used   trials/      checkpoints, results per sample
trials.csv       one row per trial                        model/       the bundle
lock             names the process at work                single/      the best network alone, if model/ is
                                                                       an ensemble
result.json      written last: a run that has it is whole
"""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from advisor.errors import RunError, UsageError
from advisor.records import Inspection, Record, Result, SearchOptions
from advisor.search.store import files

RUNS, LATEST = "runs", "latest"
INSPECTION, CONFIG, RESULT, STUDY = "inspection.json", "config.toml", "result.json", "study.db"
SINGLE = "single"

PICKS = ("threads", "precision", "gflops")  # measured on the device of the search
MAY_CHANGE = {
    "trials",
    "timeout",
    "family",
    "device",
    "workers",
    "storage",
    "memory",
    "cache",
    "tensorboard",
    "mlflow",
    *PICKS,
}  # in a run that is gone on with

AnyRecord = TypeVar("AnyRecord", bound=Record)


def choose(path: Path, options: SearchOptions) -> tuple[Path, bool]:
    """The folder of the run, made if need be, and whether it is new. No run is ever overwritten.

    Raises:
        UsageError: `out` is there already, or cannot be made.
    """
    if options.resume is not None:
        return Path(options.resume), False
    run_dir = Path(options.out) if options.out is not None else _unused(_named_after(path))
    if run_dir.exists() and (not run_dir.is_dir() or any(run_dir.iterdir())):
        raise UsageError(f"`--out {run_dir}` is there already: name a new folder, or `--resume {run_dir}`")
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the run folder {run_dir} cannot be made: {error.strerror}") from error
    _point_latest(run_dir)
    return run_dir, True


def remove(run_dir: Path) -> None:
    """Takes back a run folder in which nothing was trained; `latest` goes back to the run before."""
    shutil.rmtree(run_dir, ignore_errors=True)
    runs = run_dir.parent
    link = runs / LATEST
    if link.is_symlink() and not link.exists():
        link.unlink()
        older = sorted((place for place in runs.iterdir() if (place / RESULT).is_file()), key=_age)
        if older:
            _point_latest(older[-1])
    if runs.name == RUNS and not any(runs.iterdir()):
        runs.rmdir()


def write_config(run_dir: Path, options: SearchOptions) -> None:
    """The resolved options as TOML, which `advisor search --config` takes."""
    lines = ["# The options of this search; use them again with `advisor search PATH --config THIS_FILE`."]
    for name, value in options.model_dump(mode="json", exclude={"out", "resume", "cache"}).items():
        if value is not None and value is not False:
            lines.append(f"{name} = {_toml(value)}")
    files.write(run_dir / CONFIG, "\n".join(lines) + "\n")


def resumed(run: Path, path: Path | None, options: SearchOptions) -> tuple[Path, SearchOptions]:
    """The data and the options of a run, with what is given now on top.

    Raises:
        RunError: no run there, or a damaged one.
    """
    inspection, config = inspection_of(run), run / CONFIG
    if inspection is None or not config.is_file():
        raise RunError(f"`--resume {run}`: no {INSPECTION} and {CONFIG} there: name a run folder")
    try:
        written = tomllib.loads(config.read_text(encoding="utf-8"))
        given = options.model_dump(mode="json", exclude_defaults=True, exclude={"resume", "out"})
        _check_unchanged(run, written, given)
        if given.get("device", written.get("device")) != written.get("device"):
            written = {name: value for name, value in written.items() if name not in PICKS}
        merged = SearchOptions.model_validate({**written, **given, "resume": str(run)})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise RunError(f"{config} is damaged: {_first_line(error)}") from error
    return path or Path(inspection.path), merged


def follows_links(run: Path) -> bool:
    """Whether the data of a run were read with what links lead to; False where nothing says it."""
    try:
        return tomllib.loads((run / CONFIG).read_text(encoding="utf-8")).get("follow_links") is True
    except (OSError, ValueError):  # a bundle alone has no options; damaged ones say nothing
        return False


def _check_unchanged(run: Path, written: dict[str, object], given: dict[str, object]) -> None:
    """Raises UsageError for an option that would make the trials of a run incomparable."""
    for name, value in given.items():
        if name not in MAY_CHANGE and value != written.get(name):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"`{option} {value}`: the run {run} was begun with {written.get(name, 'the default')}, and "
                "all its trials are to be comparable: leave the option out, or start a new run"
            )


def inspection_of(run: Path) -> Inspection | None:
    """The prediction from before the search, where there is one; raises RunError when it is damaged."""
    return _read(Inspection, run / INSPECTION) if (run / INSPECTION).is_file() else None


def result_of(run: Path) -> Result:
    """What a run found.

    Raises:
        RunError: no such run, no finished one, or a damaged one.
    """
    if not run.is_dir():
        raise RunError(f"{run}: no such run folder: look for it below `{RUNS}`")
    if not (run / RESULT).is_file():
        resume = f": go on with `advisor search --resume {run}`" if (run / INSPECTION).is_file() else ""
        raise RunError(f"{run} has no {RESULT}, so no search finished in it{resume}")
    return _read(Result, run / RESULT)


def _read(record: type[AnyRecord], place: Path) -> AnyRecord:
    try:
        return record.from_json(place.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise RunError(f"{place} is damaged: {_first_line(error)}") from error


def _named_after(path: Path) -> Path:
    name = path.stem if path.is_file() else path.name
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "data"
    return Path(RUNS) / f"{datetime.now():%Y%m%d-%H%M%S}-{safe}"


def _unused(place: Path) -> Path:
    tries = (place if i == 1 else place.with_name(f"{place.name}-{i}") for i in range(1, 1_000))
    return next(one for one in tries if not one.exists())


def _point_latest(run_dir: Path) -> None:
    """`runs/latest` names the newest run, where the file system has links."""
    if run_dir.parent.name != RUNS:
        return
    draft = run_dir.parent / f".{LATEST}-{run_dir.name}"
    try:
        draft.symlink_to(run_dir.name, target_is_directory=True)
        draft.replace(run_dir.parent / LATEST)
    except OSError:
        draft.unlink(missing_ok=True)


def _age(run: Path) -> float:
    return run.stat().st_mtime


def _toml(value: str | int | float) -> str:
    """A TOML value; TOML's basic strings escape as JSON's do."""
    return json.dumps(value)


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n")[:2])[:200]
