"""A bundle: a trained model as a folder that predicts on new files without the run it came from.

bundle.json           the card: architecture, signature, scores, split, versions
preprocessing.json    everything that was fitted, labels included
weights.safetensors   tensors only; nothing in a bundle can run code when it is read
errors.safetensors    forecasts only: quantiles of the errors on validation windows, [level, step, channel]
README.md             the card for people
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from advisor import models
from advisor.bundle.card import BundleCard, readme
from advisor.errors import RunError
from advisor.prepare import Preprocessing
from advisor.records import Record

CARD, PREPROCESSING, WEIGHTS, README, ERRORS = (
    "bundle.json",
    "preprocessing.json",
    "weights.safetensors",
    "README.md",
    "errors.safetensors",
)
QUANTILES = "quantiles"
LARGEST_JSON = 64 * 2**20  # bytes; a tokenizer is the largest thing in them

AnyRecord = TypeVar("AnyRecord", bound=Record)


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle; `network` is in evaluation mode on the CPU.

    `error_quantiles` [level, step, channel] belong to QUANTILE_LEVELS; None but for forecasts.
    """

    folder: Path
    card: BundleCard
    preprocessing: Preprocessing
    network: nn.Module
    error_quantiles: NDArray[np.float32] | None = None


def save(
    folder: Path,
    *,
    card: BundleCard,
    preprocessing: Preprocessing,
    network: nn.Module,
    error_quantiles: NDArray[np.float32] | None = None,
) -> None:
    """Writes the bundle; the folder appears whole or not at all, and replaces one that is there.

    Raises:
        RunError: the folder cannot be written.
    """
    # Clones, because safetensors refuses tensors that share memory.
    weights = {
        name: tensor.detach().cpu().contiguous().clone() for name, tensor in network.state_dict().items()
    }
    with whole_folder(folder) as draft:
        save_file(weights, draft / WEIGHTS)
        if error_quantiles is not None:
            save_file({QUANTILES: torch.from_numpy(error_quantiles)}, draft / ERRORS)
        (draft / CARD).write_text(card.to_json(indent=2), encoding="utf-8")
        (draft / PREPROCESSING).write_text(preprocessing.to_json(indent=2), encoding="utf-8")
        (draft / README).write_text(readme(card, preprocessing), encoding="utf-8")


def load(folder: Path) -> Bundle:
    """The bundle in that folder, or the one of that run.

    Raises:
        RunError: nothing there, a file is missing, or one is damaged.
    """
    place = find(folder)
    card = _read(BundleCard, place / CARD)
    preprocessing = _read(Preprocessing, place / PREPROCESSING)
    network = _built(card)
    with _undamaged(place / WEIGHTS):
        network.load_state_dict(load_file(place / WEIGHTS))
    quantiles = None
    if (place / ERRORS).is_file():
        with _undamaged(place / ERRORS):
            quantiles = load_file(place / ERRORS)[QUANTILES].numpy()
    return Bundle(place, card, preprocessing, network.eval(), quantiles)


def _built(card: BundleCard) -> nn.Module:
    if card.members:
        return models.build_ensemble(card.members, card.shares, card.signature)
    return models.build(card.candidate, card.signature, seed=0)


@contextlib.contextmanager
def _undamaged(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError, RuntimeError, KeyError) as error:
        raise RunError(
            f"{file} is damaged or does not fit {CARD} ({_first_line(error)}): export again"
        ) from error


def find(folder: Path) -> Path:
    """Where the bundle lies: the folder itself, or `model` in a run.

    Raises:
        RunError: there is none, or files of it are missing.
    """
    if not folder.is_dir():
        raise RunError(f"{folder}: no such folder: give a run (`runs/latest`) or an exported bundle")
    place = folder if (folder / CARD).is_file() else folder / "model"
    missing = [name for name in (CARD, PREPROCESSING, WEIGHTS) if not (place / name).is_file()]
    if len(missing) == 3:
        raise RunError(
            f"{folder} holds neither a bundle ({CARD}) nor a finished run (model/{CARD}): "
            "give a run whose search has finished, or an exported bundle"
        )
    exported = sorted(one.name for one in place.glob("model.*"))
    if missing == [WEIGHTS] and exported:
        raise RunError(
            f"{place} holds {exported[0]}, which is for other programs; its {README} says how to run it: "
            "give the run or an export with `--format bundle`"
        )
    if missing:
        raise RunError(f"{place}: missing {', '.join(missing)}: the bundle is damaged, export the run again")
    return place


@contextlib.contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` when the block ends without an error."""
    draft = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        draft.chmod(0o755)
        yield draft
        _swap(draft, folder)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"{folder} cannot be written: {reason}") from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)


def _swap(draft: Path, folder: Path) -> None:
    if not folder.exists():
        os.replace(draft, folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    os.replace(folder, aside / folder.name)
    os.replace(draft, folder)
    shutil.rmtree(aside, ignore_errors=True)


def _read(record: type[AnyRecord], path: Path) -> AnyRecord:
    if path.stat().st_size > LARGEST_JSON:
        raise RunError(f"{path} is larger than {LARGEST_JSON} bytes: it is not one that advisor wrote")
    try:
        return record.from_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise RunError(f"{path} is damaged ({_first_line(error)}): export the run again") from error


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n")[:2])[:200]
