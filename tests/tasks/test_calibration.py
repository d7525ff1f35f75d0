"""Log loss at the best temperature."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from advisor.tasks import calibrated_log_loss, log_loss


@pytest.fixture
def answers() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits that are right about as often as they claim to be."""
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(2_000, 3)) * 2
    targets = (logits + generator.gumbel(size=logits.shape)).argmax(axis=1)
    return logits, targets


@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0])
def test_being_too_sure_or_too_unsure_changes_nothing(
    scale: float, answers: tuple[NDArray[np.float64], NDArray[np.int64]]
) -> None:
    logits, targets = answers
    plain = log_loss(logits, targets)
    assert calibrated_log_loss([scale * logits], [targets]) == pytest.approx(plain, rel=0.01)


def test_parts_count_by_their_samples(answers: tuple[NDArray[np.float64], NDArray[np.int64]]) -> None:
    logits, targets = answers
    parts = calibrated_log_loss([logits[:300], logits[300:]], [targets[:300], targets[300:]])
    assert parts == calibrated_log_loss([logits], [targets])


def test_without_an_error_the_clearer_answers_win() -> None:
    targets = np.arange(30) % 3
    clear = np.eye(3)[targets] * 4
    assert calibrated_log_loss([clear], [targets]) < calibrated_log_loss([clear / 9], [targets])


def test_wrong_answers_lose_however_sure() -> None:
    targets = np.arange(30) % 3
    right, wrong = np.eye(3)[targets], np.eye(3)[(targets + (targets == 0)) % 3]
    assert calibrated_log_loss([right], [targets]) < calibrated_log_loss([9 * wrong], [targets])
