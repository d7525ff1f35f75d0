"""Would more samples help? The score of a probe that learns from a quarter, half and all of them."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.measure.probes.probing import STRENGTHS, Array, Targets, mean_fact, out_of_fold
from advisor.records import Fact

SHARES = {"quarter": 0.25, "half": 0.5}
FEWEST = 60  # samples; of a quarter of 40 there is nothing to be learnt


def learning_facts(
    products: Array,
    kept: Array,
    wanted: Targets,
    seed: int,
    how: str,
    strengths: Sequence[float] = STRENGTHS,
) -> list[Fact]:
    """`learning_score_quarter`, `_half` and `_all`, and `learning_gain`, what the second half added.

    All are measured on the same samples, each told by folds without it. Nothing for few samples.

    Args:
        products: [sample, sample] as from `probing.gram`.
        kept: [sample] scores of what learns from all of them, with the same seed.
        how: the probe, in words.
    """
    if len(wanted.values) < FEWEST:
        return []
    scores = {
        name: out_of_fold(products, wanted, seed, strengths=strengths, share=share)[0]
        for name, share in SHARES.items()
    }
    scores["all"] = kept
    learnt = round(len(wanted.values) * 2 / 3)
    facts = [
        mean_fact(
            f"learning_score_{name}", found, wanted.unit, f"{how}; learnt from {share} of {learnt} samples"
        )
        for (name, found), share in zip(scores.items(), ("a quarter", "half", "all"), strict=True)
    ]
    gain = scores["all"] - scores["half"]
    return [
        *facts,
        mean_fact("learning_gain", gain, wanted.unit, f"{how}; learnt from all over half of them"),
    ]
