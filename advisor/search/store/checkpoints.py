"""Checkpoints of what a search is training, in its run folder.

trials/00007.rounds.pt     folds that are finished, and the weights of the first
trials/00007.training.pt   the training in progress
trials/best.pt             the weights of the best finished trial
trials/refit.training.pt   the refit in progress

All are read with `weights_only`, so that nothing in them can run code. One that is damaged or of something
else counts as none.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import torch

from advisor.search.store import files
from advisor.training import Saved

FOLDER = "trials"
EVERY_SECONDS = 2.0
LARGEST_SHARE = 0.02  # of the time may go into writing checkpoints


@dataclass
class File:
    """One checkpoint on disk; `advisor.training.Checkpoint`.

    Attributes:
        of: what is trained, in words that change with anything that would change the result.
        on_failure: told once when it cannot be written; the training goes on without.
        seconds_before: of training that the state gone on from had had.
    """

    path: Path
    of: str
    on_failure: Callable[[str], None]
    cost: float = 0.0
    saved_at: float = field(default_factory=time.monotonic)
    seconds_before: float = 0.0
    is_broken: bool = False

    def load(self) -> Saved | None:
        state = read(self.path)
        if state is None or state.get("of") != self.of:
            return None
        self.seconds_before = state["clock"]["elapsed"] if "clock" in state else 0.0
        return state

    def due(self) -> bool:
        return not self.is_broken and time.monotonic() - self.saved_at >= max(
            EVERY_SECONDS, self.cost / LARGEST_SHARE
        )

    def save(self, state: Saved) -> None:
        start = time.monotonic()
        try:
            with files.whole(self.path) as file:
                torch.save({"of": self.of, **state}, file)
        except (OSError, RuntimeError) as error:  # torch's writer turns a full disk into a RuntimeError
            self.is_broken = True
            self.remove()  # what space there is, the results need more
            reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
            self.on_failure(
                f"no checkpoint could be written ({reason}): a trial that is interrupted starts again"
            )
        self.saved_at = time.monotonic()
        self.cost = self.saved_at - start

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def read(path: Path) -> Saved | None:
    """What lies there; None where there is nothing, or nothing that can be read."""
    try:
        with path.open("rb") as file:
            state = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, BadZipFile, pickle.UnpicklingError):
        return None
    return state if isinstance(state, dict) else None


def make_room(run_dir: Path) -> None:
    """Takes away all checkpoints, since the results need the space; a resumed trial starts again."""
    for file in (run_dir / FOLDER).glob("*.pt"):
        file.unlink(missing_ok=True)


def remove_refit(run_dir: Path) -> None:
    """When the result is written, the refit is not needed again."""
    (run_dir / FOLDER / "refit.training.pt").unlink(missing_ok=True)


@dataclass(frozen=True)
class OfTrial:
    """The checkpoints of one trial, or of the refit."""

    folder: Path
    name: str
    of: str
    on_failure: Callable[[str], None]

    def rounds(self) -> File:
        return File(self.folder / f"{self.name}.rounds.pt", self.of, self.on_failure)

    def training(self, round_number: int = 0) -> File:
        path = self.folder / f"{self.name}.training.pt"
        return File(path, f"{self.of}; round {round_number}", self.on_failure)

    def remove(self) -> None:
        """When the trial has ended, however it did."""
        self.rounds().remove()
        self.training().remove()
