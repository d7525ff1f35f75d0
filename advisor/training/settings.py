"""What the training loop reads of a candidate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What the loop reads of a candidate's params; everything has a default that is sound."""

    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    batch_size: int = 64
    label_smoothing: float = 0.0
    augment_shift: float = 0.0
    augment_flip: bool = False
    mixup: float = 0.0
    max_epochs: int = 40

    @classmethod
    def of(cls, params: dict[str, bool | int | float | str]) -> Settings:
        """The settings among a candidate's params."""
        return cls(**{name: params[name] for name in cls.__dataclass_fields__ if name in params})  # type: ignore[arg-type]
