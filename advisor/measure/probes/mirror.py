"""Does a picture's class survive a flip from left to right? If not, flips must not be used in training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.measure.looks import Look
from advisor.measure.probes.probing import gram, interval, out_of_fold, targets
from advisor.measure.rows import as_facts
from advisor.readers.source import Source
from advisor.records import Fact


def mirror_facts(source: Source, looks: Sequence[Look], seed: int) -> list[Fact]:
    """Score above chance of held-out pictures mirrored, over that of the same pictures as they are.

    1 means that flips do no harm; 0 that a mirrored picture is not known again. Not measured where
    the model is no better than chance (by the lower end of the 95 % interval).
    """
    wanted = targets(source, looks)
    if wanted is None or looks[0].small is None:
        return []
    small = [looks[place].small for place in wanted.kept]
    pictures = np.nan_to_num(np.stack([picture for picture in small if picture is not None])).astype(
        np.float64
    )
    flat = pictures.reshape(len(pictures), -1)
    mirrored = pictures[:, :, ::-1].reshape(len(pictures), -1)
    plain, turned = out_of_fold(gram(flat), wanted, seed, asked=[gram(flat, mirrored)])
    low, _ = interval(plain)
    if low <= wanted.chance:
        return []
    gain = float(plain.mean()) - wanted.chance
    error = (interval(turned - plain)[1] - float((turned - plain).mean())) / gain
    ratio = (float(turned.mean()) - wanted.chance) / gain
    how = f"ridge on 16 x 16 pictures, out of fold, {wanted.unit} above chance mirrored over as they are"
    count = len(plain)
    limits = {"low": ratio - error, "high": ratio + error}
    row = ("picture_probe_score", float(plain.mean()), wanted.unit, "the score as they are")
    return [
        Fact(name="mirror_score_ratio", value=ratio, unit="1", how=how, samples=count, **limits),
        *as_facts([row], count),
    ]
