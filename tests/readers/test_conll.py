"""Tagged sentences: columns, words with a slash, and a table with one word per row."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import readers
from advisor.readers.text.conll import layout_of

from .conftest import sentences  # noqa: TID252 - the folders of tests are no packages

Write = Callable[..., Path]
TEXTS = sentences(30)


def tag(word: str) -> str:
    return "B-THING" if word in ("dog", "film") else "O"


def columns(texts: list[str], separator: str = " ", form: str = "word pos tag") -> list[str]:
    rows = []
    for text in texts:
        for number, word in enumerate(text.split(), start=1):
            cells = {
                "word": word,
                "pos": "NN" if len(word) > 3 else "DT",
                "tag": tag(word),
                "number": str(number),
            }
            rows.append(separator.join(cells.get(name, "_") for name in form.split()))
        rows.append("")
    return rows


def check(source: readers.Source, classes: int = 2) -> None:
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.spec.target.classes) == ("tags", classes)
    assert (len(source), source.read(3)) == (30, TEXTS[3])


@pytest.mark.parametrize("separator", [" ", "\t"])
@pytest.mark.parametrize(
    "form", ["word pos tag", "word tag", "tag word", "number word tag", "word pos pos tag"]
)
@pytest.mark.parametrize("name", ["train.txt", "data.conll", "eng.train", "train.TSV", "train.iob.gz"])
def test_columns(write: Write, separator: str, form: str, name: str) -> None:
    source = readers.read(write(name, columns(TEXTS, separator, form)))
    assert source.spec.format == "conll"
    check(source)


def test_parts_documents_and_comments(write: Write) -> None:
    rows = columns(TEXTS)
    write("eng.train", ["-DOCSTART- -X- O", "", *rows])
    write("eng.testa", ["# a comment", *columns(TEXTS[:20])])
    source = readers.read(write("eng.testb", columns(TEXTS[:20])))
    assert source.spec.splits.model_dump() == {"train": 30, "validation": 20, "test": 20, "unlabelled": 0}


def test_conll_u(write: Write) -> None:
    rows = columns(TEXTS, "\t", "number word lemma pos x x x x x x")
    rows[0:0] = ["# sent_id = 1", "# text = what follows"]
    write("LICENSE.txt", "You may use it. " * 300)
    source = readers.read(write("en-ud-train.conllu", rows))
    assert source.spec.target is not None
    assert (source.spec.target.classes, source.read(3)) == (2, TEXTS[3])


def test_an_uneven_row_is_left_out_and_named(write: Write) -> None:
    rows = columns(TEXTS)
    rows[5] += " more"
    source = readers.read(write("train.txt", rows))
    assert [one.where for one in source.skipped] == ["train.txt, line 6"]
    assert len(source) == 30


def test_a_table_without_blank_lines_stays_one(write: Write) -> None:
    rows = [f"{text}\t{i % 2}" for i, text in enumerate(TEXTS)]
    assert readers.read(write("train.tsv", rows)).spec.format == "text-table"


def test_slashes(write: Write) -> None:
    lines = [" ".join(f"{word}/{'nn' if len(word) > 3 else 'at'}" for word in text.split()) for text in TEXTS]
    check(readers.read(write("ca01", [line for text in lines for line in ("", text)])))


@pytest.mark.parametrize("first_only", [True, False])
def test_a_word_per_row_of_a_table(write: Write, first_only: bool) -> None:
    rows = ["Sentence #,Word,POS,Tag"]
    for i, text in enumerate(TEXTS):
        for place, word in enumerate(text.split()):
            rows.append(f"{'' if place and first_only else f'Sentence: {i}'},{word},NN,{tag(word)}")
    check(readers.read(write("ner.csv", rows)))


@given(st.lists(st.text(max_size=40), max_size=60))
def test_no_lines_make_it_fail(lines: list[str]) -> None:
    layout = layout_of(lines)
    assert layout is None or layout.word != layout.tag


def test_predicting_tags_is_refused_in_one_line(write: Write) -> None:
    root = write("train.txt", columns(TEXTS))
    with pytest.raises(readers.DataError, match="cannot be read without their labels yet"):
        readers.read_unlabelled(root, "conll")


@pytest.mark.parametrize(
    "span",
    [
        lambda start, tag: [start, start + 4, tag],
        lambda start, tag: {"id": 1, "label": tag, "start_offset": start, "end_offset": start + 4},
        lambda start, tag: {"start": start, "end": start + 4, "text": "abcd", "labels": [tag]},
    ],
)
def test_places_in_a_text_beside_what_made_them(write: Write, span: Callable[[int, str], object]) -> None:
    rows = [{"id": i, "text": text, "label": [span(0, "AB"[i % 2])]} for i, text in enumerate(TEXTS)]
    rows[0]["label"] = []
    write(
        "label_config.json",
        json.dumps([{"id": i, "text": tag, "key": "x"} for i, tag in enumerate("ABCDEFG")]),
    )
    source = readers.read(write("admin.jsonl", [json.dumps(row) for row in rows]))
    assert source.spec.target is not None
    assert (source.spec.format, source.spec.target.kind, source.spec.target.classes) == (
        "tagged-words",
        "tags",
        3,
    )
    assert (len(source), source.read(3)) == (len(TEXTS), TEXTS[3])
