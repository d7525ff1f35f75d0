"""Writes short reviews made from templates, with a label, as `train.tsv` and `test.tsv`.

Half of them can be judged by their words alone, a quarter by a negation, and a quarter only by which
of two opinions stands where: for each of the last there is one of the other class with the same words.
"""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np

TRAIN, TEST = 1600, 400
THINGS = (
    "soup bread room service music coffee view breakfast garden story "
    "acting ending staff menu bed sound plot cake wine terrace"
).split()
GOOD = "good great lovely wonderful excellent delightful superb pleasant charming fine".split()
BAD = "bad awful terrible dreadful poor horrible disappointing dull unpleasant mediocre".split()
DEGREES = ("", "really ", "quite ", "truly ", "rather ")
OPENINGS = ("", "honestly , ", "to be fair , ", "all in all , ", "i must say , ")
PLAIN = (
    "the {thing} was {degree}{said}",
    "what a {said} {thing}",
    "we found the {thing} {degree}{said}",
    "{degree}{said} {thing} , as ever",
)
NEGATED = (
    "the {thing} was not {degree}{said}",
    "i would not call the {thing} {degree}{said}",
    "the {thing} was anything but {said}",
    "nobody could say that the {thing} was {degree}{said}",
)
CONTRASTED = (
    "we thought the {thing} would be {degree}{denied} but it was {said}",
    "the {thing} was {degree}{said} , though a friend had called it {denied}",
    "people say the {thing} is {denied} , yet for us it was {degree}{said}",
    "the {thing} used to be {degree}{denied} and now it is {said}",
)


def pair(generator: np.random.Generator) -> list[tuple[str, str]]:
    """Two reviews of one template, words swapped so that one is positive and one negative."""
    templates = (PLAIN, PLAIN, NEGATED, CONTRASTED)[generator.integers(4)]
    opening, template = generator.choice(OPENINGS), generator.choice(templates)
    thing, degree = generator.choice(THINGS), generator.choice(DEGREES)
    good, bad = generator.choice(GOOD), generator.choice(BAD)
    opinions = [("positive", good, bad), ("negative", bad, good)]
    if templates is NEGATED:
        opinions = [("negative", good, bad), ("positive", bad, good)]
    return [
        (opening + template.format(thing=thing, degree=degree, said=said, denied=denied), label)
        for label, said, denied in opinions
    ]


def make(folder: Path) -> None:
    """Write both files into `folder`; the same files every time. No review is there twice."""
    generator = np.random.default_rng(0)
    rows: dict[str, str] = {}
    while len(rows) < TRAIN + TEST:
        both = pair(generator)
        if not any(text in rows for text, _ in both):
            rows.update(both)
    parts = ((0, "train"), (TRAIN, "test"), (TRAIN + TEST, ""))
    for (start, name), (stop, _) in pairwise(parts):
        chosen = generator.permutation(list(rows.items())[start:stop])
        with (folder / f"{name}.tsv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", lineterminator="\n")
            writer.writerow(("text", "label"))
            writer.writerows(chosen)


if __name__ == "__main__":
    make(Path(__file__).parent)
