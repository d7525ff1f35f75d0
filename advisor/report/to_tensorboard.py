"""Event files for TensorBoard: one of its runs per trial, and one for the search as a whole.

DIR/<run>/                           best value after each trial, baselines, scores, the report
DIR/<run>/trial-00007-cnn-resnet/    the curve (by per cent of the schedule), settings, scores, cost
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import MissingExtraError, UsageError
from advisor.records import BaselineResult, Inspection, Result
from advisor.report.scores import scores_of_run, scores_of_trial
from advisor.report.terminal import result_as_text
from advisor.search import events

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class ToTensorBoard:
    """A sink; raises MissingExtraError or UsageError when it is made."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter  # noqa: F401
        except ImportError as error:
            raise MissingExtraError("tensorboard", "tensorboard", "`--tensorboard`") from error
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"`--tensorboard {folder}` cannot be made: {error.strerror}") from error
        self.folder = folder
        self.search: SummaryWriter | None = None
        self.trials: dict[int, tuple[events.TrialStarted, SummaryWriter]] = {}
        self.value_name = "value"
        self.inspection: Inspection | None = None
        self.hook_before = threading.excepthook
        threading.excepthook = self._on_thread_error

    def on_event(self, event: events.Event) -> None:
        match event:
            case events.RunStarted(run, inspection, _):
                self.folder = self.folder / run.name
                self.search, self.inspection = _writer(self.folder), inspection
            case events.ValuesAre(name):
                self.value_name = name
            case events.BaselineDone(baseline):
                self._baseline(baseline)
            case events.TrialStarted(number, candidate, _):
                name = f"trial-{number:05d}-{candidate.family}-{candidate.architecture}"
                self.trials[number] = event, _writer(self.folder / name)
            case events.TrialProgress(number, fraction, value) if number in self.trials:
                writer = self.trials[number][1]
                writer.add_scalar(f"validation/{self.value_name}", value, round(100 * fraction))
                writer.flush()
            case events.TrialDone(row, best) if row.number in self.trials:
                self._trial(event)
                if best is not None and self.search is not None:
                    self.search.add_scalar(f"best so far/{self.value_name}", best, row.number)
                    self.search.flush()
            case events.RunDone(result):
                self._result(result)

    def _on_thread_error(self, error: threading.ExceptHookArgs) -> None:
        """The library's own thread also prints what it raises at the next write, where it is heard."""
        if "AsyncWriter" not in type(error.thread).__name__:
            self.hook_before(error)

    def close(self) -> None:
        threading.excepthook = self.hook_before
        for _, writer in self.trials.values():
            writer.close()
        if self.search is not None:
            self.search.close()

    def _baseline(self, baseline: BaselineResult) -> None:
        if self.search is not None and baseline.validation is not None:
            self.search.add_scalar(f"baselines/{baseline.name}", baseline.validation.value)

    def _trial(self, done: events.TrialDone) -> None:
        from torch.utils.tensorboard import summary

        table_row: Any = summary.hparams  # without types of its own
        started, writer = self.trials.pop(done.row.number)
        scores = {f"trial/{name}": value for name, value in scores_of_trial(done).items()}
        candidate = started.candidate
        settings = {
            "family": str(candidate.family), "architecture": candidate.architecture,
            "phase": started.phase, "state": done.row.state, **candidate.params,
        }  # fmt: skip
        file: Any = writer.file_writer
        for one in table_row(settings, scores):
            file.add_summary(one)
        for name, value in scores.items():
            writer.add_scalar(name, value)
        if done.row.reason:
            writer.add_text("reason", done.row.reason)
        writer.close()

    def _result(self, result: Result) -> None:
        assert self.search is not None
        for name, value in scores_of_run(result).items():
            self.search.add_scalar(name, value)
        self.search.add_text("report", f"<pre>{_escaped(result_as_text(result, self.inspection))}</pre>")


def _writer(folder: Path) -> SummaryWriter:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(log_dir=str(folder))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
