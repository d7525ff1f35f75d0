"""Device, precision and the training loop."""

from advisor.training.device import Compute, choose, describe
from advisor.training.loop import Fitted, Settings, fit, predict

__all__ = ["Compute", "Fitted", "Settings", "choose", "describe", "fit", "predict"]
