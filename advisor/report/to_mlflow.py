"""One MLflow run for a search and one nested in it for every trial.

They go to the experiment that MLFLOW_EXPERIMENT_NAME names, else to "advisor". A search that is gone on with
goes on in the same run.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from advisor.errors import MissingExtraError, UsageError
from advisor.records import Inspection, Result, SearchOptions
from advisor.report.scores import scores_of_run, scores_of_trial
from advisor.report.terminal import result_as_text
from advisor.report.tracking import first_line, without_password
from advisor.search import events

EXPERIMENT = "advisor"
RETRIES, SECONDS = 2, 20  # of one request; MLflow's own would go on for four minutes
OF_RUN, OF_TRIAL = "advisor.run", "advisor.trial"  # tags
STATUS = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
LONGEST_VALUE = 500  # characters; servers refuse longer parameters
ARTIFACTS = ("result.json", "inspection.json", "config.toml", "run.json", "trials.csv", "split.csv")


class ToMlflow:
    """A sink; raises MissingExtraError or UsageError when it is made, for then nothing is trained yet."""

    def __init__(self, uri: str) -> None:
        try:
            import mlflow
            from mlflow import environment_variables as variables
        except ImportError as error:
            raise MissingExtraError("mlflow", "mlflow", "`--mlflow`") from error
        _set_up(variables)
        try:
            self.client: Any = mlflow.MlflowClient(tracking_uri=uri)
            named = variables.MLFLOW_EXPERIMENT_NAME.get()
            self.experiment: str = _experiment(self.client, named or EXPERIMENT)
        except Exception as error:  # also of the libraries below MLflow
            raise UsageError(
                f"`--mlflow {without_password(uri)}` cannot be used ({first_line(error)}): give a server "
                "that runs, such as http://127.0.0.1:5000, or a file, such as sqlite:///mlflow.db"
            ) from error
        self.parent: str | None = None
        self.trials: dict[int, str] = {}
        self.value_name = "value"
        self.inspection: Inspection | None = None

    def on_event(self, event: events.Event) -> None:
        match event:
            case events.RunStarted(run, inspection, options):
                self.inspection = inspection
                self.parent = self._begin(run, inspection, options)
            case events.ValuesAre(name):
                self.value_name = name
            case events.BaselineDone(baseline) if baseline.validation is not None:
                self._log(self.parent, {f"baselines validation/{baseline.name}": baseline.validation.value})
            case events.TrialStarted(number, candidate, phase):
                name = f"trial {number} {candidate.family} {candidate.architecture}"
                tags = {"mlflow.parentRunId": self.parent, OF_TRIAL: str(number)}
                run_id = self.client.create_run(self.experiment, run_name=name, tags=tags).info.run_id
                self.trials[number] = run_id
                settings = {
                    "family": candidate.family,
                    "architecture": candidate.architecture,
                    "phase": phase,
                }
                self._log(run_id, {}, {**settings, **candidate.params})
            case events.TrialProgress(number, fraction, value) if number in self.trials:
                self._log(self.trials[number], {self.value_name: value}, step=round(100 * fraction))
            case events.TrialDone(row, best) if row.number in self.trials:
                run_id = self.trials.pop(row.number)
                self._log(run_id, {f"trial/{name}": value for name, value in scores_of_trial(event).items()})
                if row.reason:
                    self.client.set_tag(run_id, "reason", row.reason)
                self.client.set_terminated(run_id, STATUS[row.state])
                if best is not None:
                    self._log(self.parent, {f"best so far/{self.value_name}": best}, step=row.number)
            case events.RunDone(result):
                self._end(result)

    def close(self) -> None:
        """Whatever has not ended by now never will."""
        for run_id in self.trials.values():
            self.client.set_terminated(run_id, "KILLED")
        if self.parent is not None:
            self.client.set_terminated(self.parent, "FAILED")

    def _begin(self, run: Path, inspection: Inspection, options: SearchOptions) -> str:
        """The run of this search: of one that is gone on with the run that it had."""
        place = str(run.resolve())
        if options.resume is not None and "'" not in place:
            found = self.client.search_runs([self.experiment], f"tags.`{OF_RUN}` = '{place}'", max_results=1)
            if found:
                self.client.update_run(found[0].info.run_id, status="RUNNING")
                return str(found[0].info.run_id)
        tags = {OF_RUN: place, "mlflow.source.name": "advisor search", "mlflow.source.type": "LOCAL"}
        created = self.client.create_run(self.experiment, run_name=run.name, tags=tags)
        advised = {"task": inspection.task, "structure": inspection.structure, "predicted": inspection.family}
        given = options.model_dump(
            mode="json", exclude_none=True, exclude={"mlflow", "storage", "resume", "out"}
        )
        self._log(created.info.run_id, {}, {"path": inspection.path, **advised, **given})
        return str(created.info.run_id)

    def _end(self, result: Result) -> None:
        self._log(self.parent, scores_of_run(result))
        tags: dict[str, str] = {"status": result.status}
        if result.best is not None:
            tags |= {"family": result.best.family, "architecture": result.best.architecture}
        if result.advice is not None:
            tags["verdict"] = result.advice.verdict
        for name, value in tags.items():
            self.client.set_tag(self.parent, name, value)
        self.client.log_text(self.parent, result_as_text(result, self.inspection), "report.txt")
        run = Path(result.run)
        for name in ARTIFACTS:
            if (run / name).is_file():
                self.client.log_artifact(self.parent, str(run / name))
        if (run / "model").is_dir():
            self.client.log_artifacts(self.parent, str(run / "model"), "model")
        self.client.set_terminated(self.parent, "FINISHED" if result.status == "done" else "KILLED")
        self.parent = None

    def _log(
        self,
        run_id: str | None,
        metrics: dict[str, float],
        params: dict[str, Any] | None = None,
        step: int = 0,
    ) -> None:
        from mlflow.entities import Metric, Param

        now = int(1000 * time.time())
        self.client.log_batch(
            run_id,
            metrics=[Metric(name, value, now, step) for name, value in metrics.items()],
            params=[Param(name, str(value)[:LONGEST_VALUE]) for name, value in (params or {}).items()],
        )


def _set_up(variables: Any) -> None:
    """Few and short tries, and no messages, where the user's environment does not say otherwise."""
    for setting, value in (
        (variables.MLFLOW_HTTP_REQUEST_MAX_RETRIES, RETRIES),
        (variables.MLFLOW_HTTP_REQUEST_TIMEOUT, SECONDS),
        (variables.MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT, True),
    ):
        if not setting.is_set():
            setting.set(value)
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _experiment(client: Any, name: str) -> str:
    """The id of the experiment of that name, made if need be."""
    found = client.get_experiment_by_name(name)
    return str(client.create_experiment(name) if found is None else found.experiment_id)
