"""Records as a search leaves them."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import workflow
from advisor.records import Inspection, Result


@pytest.fixture(scope="session")
def inspection(bundled: Path) -> Inspection:
    return workflow.inspect(bundled / "digits")


@pytest.fixture
def result() -> Result:
    return Result.model_validate(
        {
            "run": "runs/1", "status": "done", "structure": "grid", "family": "cnn", "task": "classification",
            "metric": "accuracy", "greater_is_better": True,
            "best": {
                "trial": 2, "family": "cnn", "architecture": "resnet", "params": {"width": 32},
                 "parameters": 9000,
                "validation": {"value": 0.98, "ci95": (0.97, 0.99), "samples": 100},
                "test": {"value": 0.97, "ci95": (0.95, 0.98), "samples": 200, "looks": 1},
            },
            "baselines": [
                {"name": "majority", "test": {"value": 0.1, "ci95": (0.05, 0.15), "samples": 200}},
                {"name": "ridge", "test": {"value": 0.9, "ci95": (0.85, 0.95), "samples": 200}},
            ],
            "beats_baselines": {"answer": "yes", "best_baseline": "ridge", "gap": 0.07, "ci95": (0.03, 0.11)},
            "families": [
                {"family": "cnn", "status": "done", "trials": 2, "fair_round": {"value": 0.95, "seconds": 9},
                 "best_validation": 0.98, "seconds": 20, "architecture": "resnet"},
                {"family": "rnn", "status": "done", "trials": 1, "fair_round": {"value": 0.9, "seconds": 9},
                 "best_validation": 0.9, "seconds": 9, "architecture": "lstm"},
            ],
            "advice": {"predicted": "cnn", "verdict": "confirmed", "against": "rnn", "gap": 0.05,
             "ci95": (0.01, 0.09)},
            "split": {"kind": "given", "train": 850, "validation": 150, "test": 400},
            "trials": {"complete": 2, "pruned": 1, "failed": 0},
            "trial_rows": [
                {"number": 0, "family": "cnn", "architecture": "resnet", "state": "complete",
                 "value": 0.95, "seconds": 9},
                {"number": 1, "family": "rnn", "architecture": "lstm", "state": "pruned", "value": 0.99,
                 "seconds": 9},
                {"number": 2, "family": "cnn", "architecture": "resnet", "state": "complete",
                 "value": 0.98, "seconds": 9},
            ],
            "seconds": 100.0, "notes": ["ridge saw 500 of 850 samples"],
        }
    )  # fmt: skip
