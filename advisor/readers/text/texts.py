"""Texts in all their forms: which of them lies at a path, and reading it by the module that knows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers.folders import SNIFF_ENOUGH
from advisor.readers.source import Skipped, Source
from advisor.readers.table import table_files, text_table
from advisor.readers.text import (
    aligned_files,
    aligned_lines,
    conll,
    fasta,
    labelled_lines,
    listed_texts,
    running_text,
    tabbed_text,
    tagged_words,
    text_folders,
)
from advisor.readers.text.text_survey import (
    MOST_FLAT,
    MOST_LISTED,
    Listing,
    TextFile,
    are_notes,
    listing,
    may_be_text,
    reads_as_text,
    texts_among,
)

MOST_TABLES = 12  # files, of which each may be a table under the name of a text
MOST_BESIDE = 20_000  # files of all kinds, above which tagged sentences are not looked for
BESIDE = "not a text of this data set"


@dataclass(frozen=True)
class Form:
    """What was recognised: how many files are part of its samples, how to read them, all texts there."""

    count: int
    used: Sequence[TextFile]
    read: Callable[[list[Skipped]], Source]
    seen: Sequence[TextFile] = ()


def sniff(path: Path) -> int:
    """How many files are texts of a form that is known here; 0 where texts are not what the data are."""
    form = _recognise(path, None, MOST_LISTED)
    return 0 if form is None else min(form.count, SNIFF_ENOUGH)


def read(path: Path, *, target: str | None = None) -> Source:
    """Classes of texts, tagged or translated sentences, strings of letters, or running text.

    Args:
        target: the column or the file to be predicted, where there are several.

    Raises:
        NoDataError: no text.
        UnsafeDataError: a file larger than its limit.
        DataError: lines of two files that do not match, or labels that training lacks.
    """
    form = _recognise(path, target, None)
    if form is None:
        raise NoDataError(f"{path}: holds no text that can be read")
    used = {(file.places, file.name) for file in form.used}
    others = [file for file in form.seen if (file.places, file.name) not in used]
    return form.read([Skipped(file.path.relative_to(path).as_posix(), BESIDE) for file in others])


def read_unlabelled(path: Path, *, target: str | None = None, form: str) -> Source:
    """New texts: every line of a file for forms with a text a line, every file below a folder for folders."""
    files = [file for file in _files(path) if file.lines]
    files = [file for file in files if not (file.is_prose or file.is_list)] or files
    if not files:
        raise NoDataError(f"{path}: holds no text: give a text file or a folder of them")
    if form == fasta.FORMAT:
        return fasta.unlabelled(path, files)
    if form == text_folders.FORMAT:
        return text_folders.unlabelled(path, files)
    return text_table.unlabelled(text_table.lines(files[0].path), target)


def _files(path: Path) -> list[TextFile]:
    if path.is_file():
        return [TextFile(path.parent, path.name)] if may_be_text(path.name) else []
    return texts_among(path, listing(path))


def _recognise(path: Path, target: str | None, most: int | None) -> Form | None:
    """The first form that fits, the most particular before the general ones; `most` files are listed."""
    named = path.is_file()
    listed: Listing = [((), [path.name])] if named else listing(path, most)
    root = path.parent if named else path
    few = sum(len(names) for _, names in listed) <= MOST_BESIDE
    form = _tagged(path, texts_among(root, listed, conll.SUFFIXES)) if few else None
    if form is not None:
        return form
    seen = texts_among(root, listed)
    files = [file for file in seen if named or not file.is_prose]
    data = [file for file in files if table_files.is_data(file.path)] if few else []
    files = [file for file in files if file not in data]
    if len(files) <= MOST_TABLES:
        files = [file for file in files if not table_files.is_wide(file.path)]
    form = _listed(path, files, listed, target)
    form = form or (_flat(path, files, target) if 0 < len(files) <= MOST_FLAT else None)
    form = form or (_whole(path, files, running=not are_notes(root, listed)) if files else None)
    if form is None or (len(files) <= MOST_FLAT and _outweighed(form, files, data)):
        return None
    return replace(form, seen=() if named else seen)


def _outweighed(form: Form, files: Sequence[TextFile], data: Sequence[TextFile]) -> bool:
    """Whether most of the text there are numbers or tables, beside which texts only tell of them."""
    used = {file.path for file in form.used}
    left = [file for file in files if file.path not in used and not file.is_list and file.lines]
    numbers = sum(file.size for file in (*data, *(one for one in left if not reads_as_text(one.lines))))
    return numbers > sum(file.size for file in form.used)


def _tagged(path: Path, files: list[TextFile]) -> Form | None:
    tagged = conll.match([file for file in files if not file.is_prose]) if len(files) <= MOST_FLAT else []
    if not tagged:
        return None
    tables = [file for file in files if file.path.suffix in conll.SUFFIXES]
    count = max(len(tagged), len(tables) if 2 * len(tagged) >= len(tables) else 0)  # some lack their tags
    return Form(count, tagged, lambda skipped: conll.read(path, tagged, skipped), files)


def _listed(path: Path, files: list[TextFile], listed: Listing, target: str | None) -> Form | None:
    """Whole files that a table names."""
    found = listed_texts.match(path, files, listed)
    if found is None:
        return None
    count = len(found.files) + len(found.tables)
    return Form(count, found.files, lambda skipped: listed_texts.read(path, found, skipped, target))


def _flat(path: Path, files: list[TextFile], target: str | None) -> Form | None:
    """Forms with many samples in a file."""
    if letters := fasta.match(files):
        labels = fasta.labels_beside(letters, files)
        used = [*letters, *labels.values()]
        return Form(len(used), used, lambda skipped: fasta.read(path, letters, skipped, labels))
    words = tagged_words.match(files)
    if words and not _pairs_beside(files, words):
        return Form(len(words), words, lambda skipped: tagged_words.read(path, words, skipped))
    files = [file for file in files if file not in words]
    if marked := labelled_lines.match_marked(files):
        return Form(marked.count, marked.files, lambda skipped: labelled_lines.read(path, marked, skipped))
    if columns := tabbed_text.match(files):
        return Form(len(columns), columns, lambda skipped: tabbed_text.read(path, columns, skipped, target))
    if opposites := labelled_lines.match_opposites(files):
        return Form(
            opposites.count, opposites.files, lambda skipped: labelled_lines.read(path, opposites, skipped)
        )
    if pairs := aligned_files.match(files, target):
        both = [file for pair in pairs.files for file in pair]
        return Form(pairs.count, both, lambda skipped: aligned_lines.read(path, pairs, skipped))
    if labelled := labelled_lines.match(files):
        return Form(
            labelled.count, labelled.files, lambda skipped: labelled_lines.read(path, labelled, skipped)
        )
    return None


def _pairs_beside(files: Sequence[TextFile], tagged: Sequence[TextFile]) -> bool:
    """Whether sentences and their translations lie there too: words with tags are then a copy of a side."""
    pairs = aligned_files.match([file for file in files if file not in tagged])
    if pairs is None:
        return False
    sides = [file for pair in pairs.files for file in pair]
    return all(reads_as_text(file.lines) and not aligned_files.are_few(file.lines) for file in sides)


def _whole(path: Path, files: list[TextFile], *, running: bool) -> Form | None:
    """Forms whose samples are whole files; running text where that is asked for."""
    if folders := text_folders.match(files):
        return Form(
            len(folders.files),
            (*folders.files, *folders.beside),
            lambda skipped: text_folders.read(path, folders, skipped),
        )
    if running and (long := running_text.match(files)):
        return Form(len(long), long, lambda skipped: running_text.read(path, long, skipped))
    return None
