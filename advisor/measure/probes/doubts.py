"""Labels that may be wrong, by confident learning (Northcutt, Jiang, Chuang, "Confident learning: estimating
uncertainty in dataset labels", JAIR 2021) on a probe's answers out of fold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.probes.probing import Array, Targets, answers, sample_scores, strength_of
from advisor.records import Fact

REPEATS = 3  # sets of folds; a label must look wrong in all of them
SCALES = tuple(2.0**power for power in range(-2, 7))  # inverse temperatures that are tried
EXAMPLES = 10


def doubt_facts(
    products: Array,
    wanted: Targets,
    ids: Sequence[str],
    seed: int,
    how: str,
    strengths: Sequence[float] | None = None,
) -> list[Fact]:
    """`label_doubts`, samples off the diagonal of the confident joint in every repeat, the likeliest to be
    wrong named first; and `label_probe_accuracy`, without which they mean nothing. Categories only.

    Args:
        products: [sample, sample] as from `probing.gram`.
        ids: of the samples.
        how: the probe, in words.
        strengths: of the ridge; the one that suits when None.
    """
    if not wanted.categories:
        return []
    strengths = strengths or strength_of(products, wanted, seed)
    codes = wanted.values
    margins, right = np.full(len(codes), np.inf), list[float]()
    for repeat in range(REPEATS):
        outputs = answers(products, wanted, seed + repeat, strengths=strengths)[0]
        right.append(float(sample_scores(wanted, outputs.argmax(axis=1)).mean()))
        margins = np.minimum(margins, doubt_margins(probabilities(outputs, codes), codes))
    order = np.argsort(-margins)
    doubted = order[margins[order] > 0]
    count, how = len(codes), f"{how}, in {REPEATS} sets of folds"
    return [
        Fact(
            name="label_doubts",
            value=float(len(doubted)),
            unit="samples",
            how=f"off the diagonal of the confident joint of labels and answers of {how}",
            samples=count,
            examples=tuple(ids[place] for place in doubted[:EXAMPLES]),
        ),
        Fact(
            name="label_probe_accuracy",
            value=float(np.mean(right)),
            unit="balanced accuracy",
            how=how,
            samples=count,
        ),
    ]


def probabilities(outputs: Array, codes: NDArray[np.int64]) -> Array:
    """[sample, class] softmax of the outputs at the temperature with the least log loss."""
    found = [_softmax(scale * outputs) for scale in SCALES]
    rows = np.arange(len(codes))
    losses = [-float(np.log(np.maximum(one[rows, codes], 1e-12)).mean()) for one in found]
    return found[int(np.argmin(losses))]


def doubt_margins(shares: Array, codes: NDArray[np.int64]) -> Array:
    """[sample] probability of another class over that of the label, where that class is given at least
    the mean probability that samples with its label have for it; else zero or less.

    Args:
        shares: [sample, class] probabilities out of fold.
        codes: [sample] given labels.
    """
    means = np.array([shares[codes == code, code].mean() for code in range(shares.shape[1])])
    sure = np.where(shares >= means, shares, 0.0)
    rows = np.arange(len(codes))
    other = sure.argmax(axis=1)
    margins = sure[rows, other] - shares[rows, codes]
    return np.asarray(np.where((other != codes) & (sure[rows, other] > 0), margins, -1.0))


def _softmax(values: Array) -> Array:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
