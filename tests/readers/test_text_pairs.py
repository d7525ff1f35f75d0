"""Tables whose target is a text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from advisor import readers

from .conftest import sentences, translations  # noqa: TID252 - the folders of tests are no packages

Write = Callable[..., Path]
ENGLISH = sentences(60)
GERMAN = translations(ENGLISH)
OTHER = sentences(60, seed=5)


def kind(source: readers.Source) -> str | None:
    return source.spec.target.kind if source.spec.target else None


@pytest.mark.parametrize("header", [None, "en\tde", "source\ttarget", "left\tright"])
def test_translations(write: Write, header: str | None) -> None:
    rows = [f"{a}\t{b}" for a, b in zip(ENGLISH, GERMAN, strict=True)]
    source = readers.read(write("pairs.tsv", rows if header is None else [header, *rows]))
    assert (source.spec.format, kind(source), len(source)) == ("text-table", "text", 60)
    assert source.read(4) == ENGLISH[4]


def test_long_texts_and_their_summaries(write: Write) -> None:
    rows = ["article,highlights", *(f"{a},{b}" for a, b in zip(ENGLISH, OTHER, strict=True))]
    assert kind(readers.read(write("news.csv", rows))) == "text"


def test_a_label_beside_two_texts_is_the_target(write: Write) -> None:
    rows = [
        "premise,hypothesis,label",
        *(f"{a},{b},{i % 2}" for i, (a, b) in enumerate(zip(ENGLISH, OTHER, strict=True))),
    ]
    assert kind(readers.read(write("nli.csv", rows))) == "category"


def test_two_texts_that_have_nothing_to_do_with_each_other(write: Write) -> None:
    rows = ["remark,place", *(f"{a},{b}" for a, b in zip(ENGLISH, OTHER, strict=True))]
    assert kind(readers.read(write("remarks.csv", rows))) is None


def test_a_named_target(write: Write) -> None:
    rows = ["remark,place", *(f"{a},{b}" for a, b in zip(ENGLISH, OTHER, strict=True))]
    source = readers.read(write("remarks.csv", rows), target="remark")
    assert (kind(source), source.read(0)) == ("text", OTHER[0])


def test_words_with_as_many_tags(write: Write) -> None:
    tags = [" ".join("X" if word == "dog" else "O" for word in text.split()) for text in ENGLISH]
    rows = ["id,text,tags", *(f"{i},{a},{b}" for i, (a, b) in enumerate(zip(ENGLISH, tags, strict=True)))]
    assert kind(readers.read(write("tags.csv", rows))) == "tags"


def test_words_with_tags_beside_translations_are_a_copy_of_a_side(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = np.array("dog cat tree river house sky stone bird road cloud".split())
    lines = [list(rng.choice(words, size=rng.integers(4, 15))) for _ in range(60)]
    (tmp_path / "src-train.txt").write_text("\n".join(map(" ".join, lines)))
    tagged = "\n".join(" ".join(f"{word}|{'CN'[len(word) % 2]}" for word in line) for line in lines)
    (tmp_path / "src-train-case.txt").write_text(tagged)
    assert readers.read(tmp_path).spec.target.kind == "tags"
    (tmp_path / "targ-train.txt").write_text(
        "\n".join(" ".join(f"{word}en" for word in line) for line in lines)
    )
    assert readers.read(tmp_path).spec.target.kind == "text"
