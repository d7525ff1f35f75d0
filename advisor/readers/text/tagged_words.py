"""Tags beside their words: `The/at jury/nn said/vbd` in running text, a table with one word per row, or texts
with the places that are tagged in them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from advisor.readers.labels import parts_array
from advisor.readers.source import Skipped, Source
from advisor.readers.table import delimited
from advisor.readers.table.delimited import Kind
from advisor.readers.table.table_rows import Rows
from advisor.readers.text.letters import token_axis
from advisor.readers.text.text_lines import index_lines
from advisor.readers.text.text_source import text_source
from advisor.readers.text.text_survey import TextFile
from advisor.records import TargetSpec

FORMAT = "tagged-words"
OUTSIDE = "O"  # the tag of words in no tagged place
SEPARATORS = ("/", "_", "|")
LEAST_WORDS = 50
TAGGED = 0.97  # share of words that must have a tag
TAG_SHARE, MOST_TAGS = 0.2, 500  # different tags among words; the Brown corpus has 472 with its compounds
WORD_NAMES = frozenset({"word", "words", "token", "tokens", "form"})
TAG_NAMES = (
    "tag",
    "ner_tag",
    "ner",
    "bio",
    "iob",
    "entity",
    "label",
    "tags",
    "ner_tags",
    "pos",
    "upos",
    "pos_tag",
)
SENTENCE_NAME = re.compile(r"sent", re.IGNORECASE)
LEAST_SENTENCES = 5
LEAST_LISTED = 2  # words of the longest list, from which lists are sentences
START_KEYS, END_KEYS = ("start", "start_offset", "begin"), ("end", "end_offset", "stop")
SPAN_KEYS = ("label", "tag", "type", "entity", "labels")
"""How a tagged place is written in doccano, Label Studio and spaCy, where it is no `[start, end, tag]`."""

TEXT_NAMES = ("text", "sentence", "content", "document")  # of the column that places are counted in
LEAST_SPANS = 3  # places for each tag on average, so that lists of three things are no places by chance


def match(files: Sequence[TextFile]) -> list[TextFile]:
    """The files whose words all carry a tag behind one separator."""
    return [file for file in files if separator_of(file.lines) is not None]


def separator_of(lines: Sequence[str]) -> str | None:
    """What stands between words and tags; None where words have no tags."""
    words = [word for line in lines for word in line.split()]
    if len(words) < LEAST_WORDS:
        return None
    for separator in SEPARATORS:
        pairs = [word.rsplit(separator, 1) for word in words]
        tags = {pair[1] for pair in pairs if len(pair) == 2 and all(pair)}
        tagged = sum(len(pair) == 2 and all(pair) for pair in pairs)
        forms = {pair[0] for pair in pairs}
        few = 1 < len(tags) <= min(MOST_TAGS, TAG_SHARE * len(words)) and len(tags) < len(forms)
        if few and tagged >= TAGGED * len(words) and not all(tag.isdigit() for tag in tags):
            return separator
    return None


def read(path: Path, files: Sequence[TextFile], skipped: Sequence[Skipped]) -> Source:
    """Each sample the words of a line without their tags, which are the target."""
    sentences: list[str] = []
    ids: list[str] = []
    parts: list[str] = []
    tags: set[str] = set()
    for file in files:
        separator = separator_of(file.lines) or SEPARATORS[0]
        for number, line in enumerate(index_lines(file.path).all()):
            pairs = [word.rpartition(separator) for word in line.split()]
            if pairs:
                sentences.append(" ".join(word or tag for word, _, tag in pairs))
                tags.update(tag for word, _, tag in pairs if word)
                ids.append(f"{file.key}/{number}")
                parts.append(file.part)
    return _source(path, sentences, ids, parts, tags, skipped)


def build(rows: Rows, kinds: Sequence[Kind], target: str | None) -> Source | None:
    """The sentences of a table with a word per row and a column that numbers sentences, or with a list of
    words and one of tags in each row, or with a text and its tagged places in each row; None for others.

    A sentence's number stands in each of its rows, or in the first one only.
    """
    listed = _listed(rows, kinds, target) or _spanned(rows, kinds, target)
    if listed is not None:
        return listed
    names = [name.strip().lower() for name in rows.header]
    word = next((i for i, name in enumerate(names) if name in WORD_NAMES), None)
    numbers = (i for i, name in enumerate(names) if SENTENCE_NAME.search(name) and kinds[i] != "text")
    sentence = next(numbers, None)
    found = [names.index(name) for name in TAG_NAMES if name in names]
    tag = rows.header.index(target) if target in rows.header else next(iter(found), None)
    if word is None or sentence is None or tag is None or len({word, sentence, tag}) < 3:
        return None
    sentences: list[list[str]] = []
    parts: list[str] = []
    before: tuple[str, str] | None = None
    for row, part in zip(rows.rows, rows.parts, strict=True):
        number = row[sentence].strip()
        if before is None or (not delimited.is_missing(number) and (part, number) != before):
            sentences.append([])
            parts.append(part)
            before = part, number
        sentences[-1].append(row[word].strip() or "-")
    if not LEAST_SENTENCES <= len(sentences) <= len(rows.rows) / 2:
        return None
    texts = [" ".join(words) for words in sentences]
    left = [name for i, name in enumerate(rows.header) if i not in (word, sentence, tag)]
    skipped = [*rows.skipped, *(Skipped(f"column {name}", "beside word and tag") for name in left)]
    ids = [f"{part or rows.path.stem}/{i}" for i, part in enumerate(parts)]
    return _source(rows.path, texts, ids, parts, set(rows.column(tag)), skipped)


def _listed(rows: Rows, kinds: Sequence[Kind], target: str | None) -> Source | None:
    """Rows with a list of words (`["EU", "rejects"]`) and beside it a list of as many tags."""
    lists = {i: found for i in range(len(kinds)) if (found := _lists(rows.column(i))) is not None}
    words = [i for i, found in lists.items() if all(isinstance(word, str) for one in found for word in one)]
    lengths = {i: [len(one) for one in found] for i, found in lists.items()}
    distinct = {i: len({str(tag) for one in found for tag in one}) for i, found in lists.items()}
    word = max(words, key=lambda i: distinct[i], default=None)
    if word is None:
        return None
    names = [name.strip().lower() for name in rows.header]
    order = {name: place for place, name in enumerate(TAG_NAMES)}
    beside = [i for i in lists if i != word and lengths[i] == lengths[word]]
    beside.sort(key=lambda i: (rows.header[i] != target, order.get(names[i], len(order))))
    if not beside or max(lengths[word]) < LEAST_LISTED or distinct[beside[0]] >= distinct[word]:
        return None
    tag = beside[0]
    left = [name for i, name in enumerate(rows.header) if i not in (word, tag)]
    return _source(
        rows.path,
        [" ".join(map(str, one)) for one in lists[word]],
        list(rows.ids),
        list(rows.parts),
        {str(name) for one in lists[tag] for name in one},
        [*rows.skipped, *(Skipped(f"column {name}", "beside words and tags") for name in left)],
    )


def _spanned(rows: Rows, kinds: Sequence[Kind], target: str | None) -> Source | None:
    """Rows with a text and beside it a list of places in it with their tags, `[[0, 5, "PER"]]`; where there
    is none in a text, the list is empty."""
    texts = [i for i, kind in enumerate(kinds) if kind in ("text", "identifier", "category")]
    texts.sort(
        key=lambda i: TEXT_NAMES.index(rows.header[i]) if rows.header[i] in TEXT_NAMES else len(TEXT_NAMES)
    )
    for column in range(len(kinds)):
        cells = rows.column(column)
        listed = any(cells) and all(cell[:1] in ("[", "{", "") for cell in cells)
        if target not in (None, rows.header[column]) or not listed:
            continue
        spans = [_spans(cell) for cell in cells]
        known = [span for some in spans for span in some or ()]
        tags = {tag for _, _, tag in known}
        if None in spans or len(known) < LEAST_SPANS * len(tags) or not tags:
            continue
        for text in texts:
            found = rows.column(text)
            fit = all(
                end <= len(one) for one, some in zip(found, spans, strict=True) for _, end, _ in some or ()
            )
            if text != column and fit:
                left = [name for i, name in enumerate(rows.header) if i not in (text, column)]
                skipped = [
                    *rows.skipped,
                    *(Skipped(f"column {name}", "beside text and tags") for name in left),
                ]
                return _source(rows.path, found, list(rows.ids), list(rows.parts), {*tags, OUTSIDE}, skipped)
    return None


def _spans(cell: str) -> list[tuple[int, int, str]] | None:
    """(start, end, tag) of each place in a cell of JSON; None where it holds another thing."""
    try:
        value = json.loads(cell or "[]")
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and list(value) == ["entities"]:  # spaCy's training data
        value = value["entities"]
    spans = [_span(one) for one in value] if isinstance(value, list) else [None]
    known = [span for span in spans if span is not None]
    return known if len(known) == len(spans) else None


def _span(value: object) -> tuple[int, int, str] | None:
    if isinstance(value, dict):
        keys = (
            next((key for key in names if key in value), "") for names in (START_KEYS, END_KEYS, SPAN_KEYS)
        )
        value = [value.get(key) for key in keys]
    if not isinstance(value, list) or len(value) != 3:
        return None
    start, end, tag = value
    tag = tag[0] if isinstance(tag, list) and len(tag) == 1 else tag
    whole = type(start) is int and type(end) is int and 0 <= start < end
    return (start, end, tag) if whole and isinstance(tag, str) and tag else None


def _lists(cells: Sequence[str]) -> list[list[object]] | None:
    """The lists that all cells hold as JSON; None for others."""
    found: list[list[object]] = []
    for cell in cells:
        if not cell.startswith("["):
            return None
        try:
            one = json.loads(cell)
        except (ValueError, RecursionError):
            return None
        if not isinstance(one, list) or any(isinstance(item, (list, dict)) for item in one):
            return None
        found.append(one)
    return found or None


def _source(
    path: Path, texts: list[str], ids: list[str], parts: list[str], tags: set[str], skipped: Sequence[Skipped]
) -> Source:
    given = parts_array(parts)
    return text_source(
        path,
        FORMAT,
        ids,
        lambda i: texts[i],
        token_axis(texts),
        TargetSpec(name="tags", kind="tags", classes=len(tags)),
        parts=given,
        skipped=skipped,
    )
