"""Samples that are files of their own, wherever their labels are: class folders, a table, names, nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from advisor.errors import UsageError
from advisor.readers import folders, part_names, sample_folders
from advisor.readers.folders import relative
from advisor.readers.labelling import label_files, name_labels, split_lists
from advisor.readers.labelling.group_columns import LEAST_GROUPS, LEAST_SIZE
from advisor.readers.labelling.label_files import FileLabels
from advisor.readers.labelling.name_labels import NameLabels
from advisor.readers.labelling.name_pieces import Piece
from advisor.readers.labels import as_labels, check_labels, label_name
from advisor.readers.layouts import Dirs, Survey, class_names, part_of_folder
from advisor.readers.sample_folders import WHO, Found
from advisor.readers.source import Skipped, Source
from advisor.readers.table import delimited
from advisor.readers.table.target_guess import UNSURE
from advisor.records import Finding, TargetSpec

ONE_LABEL = 0.95  # of the files of a folder, from which the folder says the same as the table
SHARD = re.compile(r"[0-9a-f]{2,}", re.I)
"""Folders that may only share the files out (`00` to `ff`), if all are as long; classes where no table says
another thing."""

PIECE = re.compile(r"name\d+")  # of file names, as `name_labels` calls them


@dataclass(frozen=True)
class Labelled:
    """Sample files with what is to be predicted, what is to be said about that, and the other files there."""

    found: Found
    target: TargetSpec | None
    notes: tuple[Finding, ...] = ()
    from_table: bool = False
    others: tuple[str, ...] = ()
    groups: dict[str, str] = field(default_factory=dict)  # of paths below the folder, where a table tells
    group_name: str | None = None
    possible: dict[str, str] = field(default_factory=dict)  # the same of what may be groups, or may not
    possible_name: str | None = None


def table_says_more(root: Path, found: Survey) -> bool:
    """Whether a table names the samples that lie in class folders, and says another thing than these."""
    table = found.table(root)
    return table is not None and says_more(table, class_names(found.dirs))


def labelled(
    root: Path, suffixes: Collection[str], what: str, target: str | None, *, tables: Collection[Path] = ()
) -> Labelled:
    """All sample files at `root` with their labels: by a table that names them, by class folders, by their
    names, or without any.

    A table goes before class folders where it says another thing than they do, and calls it a label.

    Args:
        tables: files with the suffix of the samples that are none of them, and may be the table.

    Raises:
        NoDataError: no sample.
        DataError: a class of the validation or test part that training lacks.
        UsageError: `target` is neither a column of the table nor a piece of the names.
    """
    found = sample_folders.flat_files(root, suffixes, what)
    if root.is_file():
        return Labelled(found, None)
    _set_apart(found, root, tables)
    others = tuple(one.where for one in found.skipped)
    files = relative(root, found.files)
    dirs = [tuple(path.split("/")[:-1]) for path in files]
    part_of = {below: _part_of(below) for below in set(dirs)}
    found.parts = [part_of[below] for below in dirs]
    classes = class_names(dirs)
    table = _table(root, files, others, target, in_folders=any(classes))
    groups = {} if table is None else {files[place]: group for place, group in table.groups.items()}
    if table is not None and (not any(classes) or table.column.name == target or says_more(table, classes)):
        return replace(_by_table(root, found, table), groups=groups, group_name=table.group_name)
    is_piece = target is not None and PIECE.fullmatch(target) is not None
    in_folders = any(classes) and not is_piece
    if not in_folders or all(WHO.fullmatch(name) for name in classes if name):
        names = _names(found, None if in_folders else target)
        if names is not None:
            return replace(_by_names(root, found, names), others=others)
    if in_folders:
        found = sample_folders.class_folders(root, suffixes, what)
        with_listed_parts(root, found)
        spec = TargetSpec(name=label_name(target), kind="category")
        who = None if table is None else table.group_name
        return Labelled(found, spec, others=others, groups=groups, group_name=who)
    found.parts = [""] * len(found.files)
    return Labelled(found, None, others=others)


def with_number_of_names(labelled: Labelled) -> Labelled:
    """The same with the number that the names say of each file as what is to be predicted, which is asked
    about; as it is where there are labels already, or no such number."""
    found = labelled.found
    said = name_labels.number_from_names([folders.stem(file.name) for file in found.files])
    if said is None or labelled.target is not None:
        return labelled
    text = f"the files are named by a counter and {said.describe()}: that number is taken for the target"
    remedy = "if it is another one, give a table of labels with a file and a number a row"
    note = Finding(check="target_guess", severity="warning", count=len(said.values), text=text, remedy=remedy)
    found.labels = list(said.values)
    spec = TargetSpec(name=said.name, kind="number", confidence=UNSURE, reason=text)
    return replace(labelled, target=spec, notes=(*labelled.notes, note))


def with_listed_parts(root: Path, found: Found) -> None:
    """Sets the parts that lists of files give to samples in class folders which give none."""
    if any(found.parts) or not root.is_dir() or not folders.has_any(root, split_lists.SUFFIXES):
        return
    parts = split_lists.parts(root, relative(root, found.files))
    if parts is not None:
        found.parts = [part if label else "" for part, label in zip(parts, found.labels, strict=True)]


def _set_apart(found: Found, root: Path, tables: Collection[Path]) -> None:
    """Takes files that are no samples out of those found."""
    for place in reversed(range(len(found.files))):
        if found.files[place] in tables:
            file = found.files.pop(place)
            for column in (found.labels, found.parts):
                column.pop(place)
            found.sizes.pop(place)
            found.skipped.append(Skipped(relative(root, [file])[0], "not one of the samples"))


def _table(
    root: Path, files: Sequence[str], others: Sequence[str], target: str | None, *, in_folders: bool
) -> FileLabels | None:
    """The table that names the files, where there is one."""
    if target is not None and PIECE.fullmatch(target):
        return None
    try:
        return label_files.find(root, files, others, target)
    except UsageError:  # beside class folders `target` may be but a name for their classes
        if not in_folders:
            raise
        return None


def with_table_groups(source: Source, root: Path) -> Source:
    """The source with the groups that a table beside its files tells, whatever gave the labels."""
    table = _table(root, list(source.ids), [one.where for one in source.skipped], None, in_folders=True)
    if table is None or not table.groups:
        return source
    groups = np.array([table.groups.get(place) or name for place, name in enumerate(source.ids)])
    return replace(source, groups=groups, group_name=table.group_name)


def attach(source: Source, labelled: Labelled) -> Source:
    """The source with its target and notes. `found.labels` are class names so far: numbers become numbers,
    and labels of a kind that nothing later reads yet are left out."""
    target = labelled.target
    notes = source.notes + labelled.notes
    if labelled.groups:
        groups = np.array([labelled.groups.get(name) or name for name in source.ids])
        source = replace(source, groups=groups, group_name=labelled.group_name)
    if labelled.possible:
        possible = np.array([labelled.possible.get(name) or name for name in source.ids])
        source = replace(source, possible_groups=possible, possible_name=labelled.possible_name)
    if target is None or target.kind == "category" or source.labels is None:
        return replace(source, notes=notes)
    labels = None
    if target.kind == "number":
        labels = np.array([_number(str(label)) for label in source.labels])
    return replace(source, spec=source.spec.model_copy(update={"target": target}), labels=labels, notes=notes)


def _part_of(above: Dirs) -> str:
    parts = (part_of_folder(name) or part_names.part_within(name) for name in above)
    return next((part for part in parts if part), "")


def says_more(table: FileLabels, classes: Sequence[str]) -> bool:
    """Whether files of one folder differ in the label column, and that is called so, holds texts without a
    header (transcripts), or the folders only share the files out."""
    column, names = table.column, set(classes) - {""}
    transcripts = column.kind == "text" and re.fullmatch(r"column\d+", column.name) is not None
    shards = column.kind == "category" and all(map(SHARD.fullmatch, names)) and len(set(map(len, names))) == 1
    if not (column.is_named or transcripts or shards):
        return False
    by_folder: dict[str, Counter[str]] = {}
    for place, cells in table.cells.items():
        by_folder.setdefault(classes[place], Counter())[cells[0]] += 1
    same = sum(counts.most_common(1)[0][1] for counts in by_folder.values())
    return same < ONE_LABEL * len(table.cells)


def _by_table(root: Path, found: Found, table: FileLabels) -> Labelled:
    column = table.column
    cells = [table.cells.get(place, [""]) for place in range(len(found.files))]
    values = ["" if delimited.is_missing(given[0]) else given[0] for given in cells]
    if column.kind == "category":
        values = _tidy(values)
    parts = [table.parts.get(place) or found.parts[place] for place in range(len(values))]
    found.parts = [part if value else "" for part, value in zip(parts, values, strict=True)]
    if column.kind == "category":
        check_labels(root, values, found.parts)
    used = set(table.used)
    found.skipped = [*(one for one in found.skipped if one.where not in used), *table.skipped]
    spec = TargetSpec(name=column.name, kind=column.kind)
    files = ", ".join(sorted(used)[:3])
    notes = [_unlabelled_note(values, files)] if not all(values) else []
    if not column.is_named:
        choices = f"; others are {', '.join(column.choices)}" if column.choices else ""
        text = f"the label is taken from the column {column.name!r} of {files}, whose name does not say so"
        notes.append(_guess(len(values), text + choices, list(column.choices)))
    found.labels = values
    return Labelled(found, spec, tuple(notes), from_table=True)


def _names(found: Found, target: str | None) -> NameLabels | None:
    """Labels by names: of all files, else of those outside the test part, else of the largest folder of
    which the names tell; the rest have a label where their names are of the same make."""
    stems = [folders.stem(file.name) for file in found.files]
    everywhere = name_labels.from_names(stems, target)
    if everywhere is not None:
        return everywhere
    groups = [[place for place, part in enumerate(found.parts) if part != "test"]]
    by_folder: dict[Path, list[int]] = {}
    for place, file in enumerate(found.files):
        by_folder.setdefault(file.parent, []).append(place)
    groups += sorted(by_folder.values(), key=len, reverse=True)[:8]
    for places in groups:
        some = name_labels.from_names([stems[place] for place in places]) if places else None
        if some is not None and len(places) < len(stems):
            empty = ("",) * len(stems)
            labels, parts = list(empty), list(empty)
            for place, label, part in zip(places, some.labels, some.parts, strict=True):
                labels[place], parts[place] = label, part
            return replace(some, labels=tuple(labels), parts=tuple(parts))
    return None


def _by_names(root: Path, found: Found, names: NameLabels) -> Labelled:
    values = list(names.labels)
    parts = [part or found.parts[place] for place, part in enumerate(names.parts)]
    trained = {value for value, part in zip(values, parts, strict=True) if part == "train"}
    if trained:  # what stands there in the names of other parts need not be a class
        values = [value if value in trained else "" for value in values]
    found.parts = [part if value else "" for part, value in zip(parts, values, strict=True)]
    text = f"the label is guessed from the file names, {names.piece.describe()}: {names.reason}"
    others = [piece.describe() for piece in names.choices]
    others += [piece.describe() for piece in names.groups if piece not in names.choices]
    if others:
        text += f"; others are {', '.join(others)}"
    notes = (_guess(len(values), text, [piece.name for piece in names.choices]),)
    found.labels = values
    who = _possible_groups(names, values)
    possible = {} if who is None else dict(zip(relative(root, found.files), who.values, strict=True))
    spec = TargetSpec(name="label", kind="category")
    return Labelled(found, spec, notes, possible=possible, possible_name=None if who is None else who.name)


def _guess(count: int, text: str, choices: list[str]) -> Finding:
    other = f"give --target {choices[0]}" if choices else "give a table of labels or class folders"
    remedy = f"if it is not the one you want, {other}"
    severity = "warning" if choices else "info"
    return Finding(check="target_guess", severity=severity, count=count, text=text, remedy=remedy)


def _possible_groups(names: NameLabels, labels: Sequence[str]) -> Piece | None:
    """Another piece of the names of which most values go with every class, each with several files: it may
    say who it is, or how it was taken."""
    for piece in names.groups:
        pairs = Counter(zip(piece.values, labels, strict=True))
        crossed = len(pairs) > len(set(labels)) * len(piece.counts) / 2
        if len(piece.counts) >= LEAST_GROUPS and crossed and len(pairs) <= len(labels) / LEAST_SIZE:
            return piece
    return None


def _unlabelled_note(values: Sequence[str], files: str) -> Finding:
    count = sum(not value for value in values)
    return Finding(
        check="files_without_row",
        severity="info",
        count=count,
        text=f"{count} of {len(values)} files have no label in {files}",
        remedy="add rows for them, or leave them out; they are not used in training or testing",
    )


def missing_labels(count: int, what: str) -> Finding:
    """The finding for samples of which nothing says a label."""
    return Finding(
        check="labels",
        severity="error",
        count=count,
        text=f"no labels were found for the {what}: no class folders, no table that names them, and no "
        "classes in their names",
        remedy="put each class in a folder of its own, or add labels.csv with a file and a label a row",
    )


def _tidy(values: Sequence[str]) -> list[str]:
    """`3.0` as `3`, where all classes are whole numbers."""
    numbers = delimited.as_numbers(["" if not value else value for value in values])
    if numbers is None:
        return list(values)
    labels = as_labels(numbers, len(values))
    return [str(label) for label in labels] if labels.dtype.kind == "O" else list(values)


def _number(value: str) -> float:
    numbers = delimited.as_numbers([value])
    return float("nan") if numbers is None else float(numbers[0])
