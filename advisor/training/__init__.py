"""Device, precision and the training loop."""

from advisor.training.calibration import MOST_SECONDS
from advisor.training.device import Compute, choose, describe, threads
from advisor.training.loop import Fitted, fit, predict
from advisor.training.progress import Checkpoint, Saved
from advisor.training.settings import Settings

__all__ = [
    "MOST_SECONDS",
    "Checkpoint",
    "Compute",
    "Fitted",
    "Saved",
    "Settings",
    "choose",
    "describe",
    "fit",
    "predict",
    "threads",
]
