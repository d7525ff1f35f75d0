"""Per task: loss, metrics, decoding, intervals, baselines."""

from advisor.tasks.calibration import calibrated_log_loss
from advisor.tasks.kinds import TASKS, TaskKind, kind_of, log_loss, to_numpy

__all__ = ["TASKS", "TaskKind", "calibrated_log_loss", "kind_of", "log_loss", "to_numpy"]
