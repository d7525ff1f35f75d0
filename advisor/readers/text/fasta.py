"""Strings of letters in FASTA: DNA, RNA and proteins, labelled by their headers, files or folders."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from advisor.errors import DataError
from advisor.readers.labels import check_labels, label_array, parts_array, split_counts, target_spec
from advisor.readers.part_names import PARTS
from advisor.readers.source import Skipped, Source
from advisor.readers.text.aligned_files import are_few
from advisor.readers.text.labelled_lines import class_name
from advisor.readers.text.letters import LETTER
from advisor.readers.text.text_files import read_bytes
from advisor.readers.text.text_lines import index_lines
from advisor.readers.text.text_source import text_source
from advisor.readers.text.text_survey import TextFile
from advisor.records import Axis

FORMAT = "fasta"
LETTERS = re.compile(r"[A-Za-z*.\-]+")
CHECKED = 50  # lines of a file that are looked at
LEAST_PER_LABEL = 3  # records per different label on average
MOST_LABELS = 200
MEASURED = 2_000  # records whose lengths are compared to tell if it varies
LABEL_KEYS = frozenset(
    {"label", "class", "target", "y", "category", "type", "family", "function", "location", "localization"}
)
DATABASES = frozenset({"sp", "tr", "gi", "ref", "gb", "emb", "dbj", "pdb", "pir", "prf", "lcl"})
"""First fields of NCBI's headers (https://ncbi.github.io/cxx-toolkit/pages/ch_demo, table of identifiers)."""


@dataclass(frozen=True)
class Records:
    """The records of one file: where each header begins, and the bytes."""

    file: TextFile
    data: bytes
    starts: tuple[int, ...]

    def header(self, index: int) -> str:
        """The line behind `>`."""
        end = self.data.find(b"\n", self.starts[index])
        return (
            self.data[self.starts[index] + 1 : end if end >= 0 else None].decode("utf-8", "replace").strip()
        )

    def letters(self, index: int) -> str:
        """The sequence in capitals: small letters only mark repeats."""
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.data)
        _, _, body = self.data[self.starts[index] : end].partition(b"\n")
        return b"".join(body.split()).decode("ascii", "replace").upper()


def match(files: Sequence[TextFile]) -> list[TextFile]:
    """The files that begin with a header and letters."""
    return [file for file in files if _is_fasta(file.head)]


def labels_beside(files: Sequence[TextFile], others: Sequence[TextFile]) -> dict[TextFile, TextFile]:
    """For each file the one of its part with as many labels, a line each; none unless every file has one."""
    named = {file.path for file in files}
    lists = [
        file for file in others if file.path not in named and are_few([line.strip() for line in file.head])
    ]
    found = {}
    for file in files:
        records = len(_records(file).starts) if lists else 0
        near = [
            other for other in lists if other.part == file.part and len(index_lines(other.path)) == records
        ]
        if len(near) == 1:
            found[file] = near[0]
    return found if len(found) == len(files) else {}


def read(
    path: Path,
    files: Sequence[TextFile],
    skipped: Sequence[Skipped],
    beside: Mapping[TextFile, TextFile] | None = None,
) -> Source:
    """Each sample the letters of a record.

    The label is the line of a file `beside`, the folder or file where there are several, else the field of
    the headers that has few different values (`>id|label`, `>id label`, `>pos_12`, `>id class=2`).

    Raises:
        UnsafeDataError: a file larger than its limit.
        DataError: labels of the validation or test part that training lacks.
    """
    records = [_records(file) for file in files]
    if not any(one.starts for one in records):
        raise DataError(f"{path}: holds no record: give a line `>name` and the letters below it")
    offsets = np.cumsum([0, *(len(one.starts) for one in records)])
    headers = [one.header(i) for one in records for i in range(len(one.starts))]
    parts = [one.file.part for one in records for _ in one.starts]
    lines = [index_lines(beside[file].path) for file in files] if beside else []
    labels = (
        [line for file in lines for line in file.all()] or _file_labels(records) or header_labels(headers)
    )
    parts = _header_parts(headers) or parts
    given = parts_array(parts)
    found = None if labels is None else label_array(labels)
    if labels is not None:
        check_labels(path, labels, parts)

    @functools.lru_cache(maxsize=1)
    def letters(index: int) -> str:
        place = int(np.searchsorted(offsets, index, side="right")) - 1
        return records[place].letters(index - int(offsets[place]))

    count = int(offsets[-1])
    sizes = {len(letters(i)) for i in range(0, count, max(1, count // MEASURED))}
    axis = Axis(name="token", size=sizes.pop() if len(sizes) == 1 and count > 1 else None, unit=LETTER)
    return text_source(
        path,
        FORMAT,
        [f"{one.file.key}/{i}" for one in records for i in range(len(one.starts))],
        letters,
        axis,
        None if found is None else target_spec("label", found),
        labels=found,
        parts=given,
        skipped=skipped,
    )


def unlabelled(path: Path, files: Sequence[TextFile]) -> Source:
    """The letters alone; labels in headers and names are left out."""
    source = read(path, match(files), ())
    spec = source.spec.model_copy(update={"target": None, "splits": split_counts(None, None)})
    return replace(source, spec=spec, labels=None, parts=None)


def header_labels(headers: Sequence[str]) -> list[str] | None:
    """[record] the field of the headers with few different values; None where there is none."""
    keyed = [_by_key(header) for header in headers]
    if all(keyed):
        return keyed if _are_labels(keyed) else None
    for separator in ("|", None):
        fields = [header.split(separator) for header in headers]
        width = len(fields[0])
        if not 2 <= width <= (6 if separator else 3) or any(len(row) != width for row in fields):
            continue
        for column in list(zip(*fields, strict=True))[::-1]:
            values = [value.strip() for value in column]
            if _are_labels(values) and not set(values) <= DATABASES and not _are_parts(values):
                return values
    names = [re.match(r"[A-Za-z]+(?=[_.-]?\d)", header) for header in headers]
    prefixes = [name.group() if name else "" for name in names]
    return prefixes if all(prefixes) and _are_labels(prefixes) else None


def _is_fasta(lines: Sequence[str]) -> bool:
    known = [line.strip() for line in lines if line.strip()][:CHECKED]
    body = [line for line in known if not line.startswith(">")]
    return len(body) > 0 and known[0].startswith(">") and all(LETTERS.fullmatch(line) for line in body)


def _records(file: TextFile) -> Records:
    data = read_bytes(file.path)
    return Records(file, data, tuple(found.start() for found in re.finditer(rb"^>", data, re.MULTILINE)))


def _file_labels(records: Sequence[Records]) -> list[str] | None:
    """[record] the class by folder, else by file; None where each part has one file or few records, or where
    all that is to be learned from lies in one of them: `train.fa` beside `test_old.fa` and `test_new.fa`."""
    files = [one.file for one in records]
    folders = {file.places for file in files}
    if len(folders) > 1 and len({" ".join(folder) for folder in folders}) < len(files):
        names = [file.places[-1] if file.places else "" for file in files]
    else:
        names = [class_name(file, files) for file in files]
    by_part = {(file.part, name) for file, name in zip(files, names, strict=True)}
    classes = {name for name, file in zip(names, files, strict=True) if file.words}
    learned = {name for name, file in zip(names, files, strict=True) if file.part == "train"}
    enough = sum(len(one.starts) for one in records) >= LEAST_PER_LABEL * len(classes)
    if (
        len(classes) < 2
        or len(learned) == 1
        or not enough
        or (len(by_part) == len({part for part, _ in by_part}))
    ):
        return None
    return [name for name, one in zip(names, records, strict=True) for _ in one.starts]


def _by_key(header: str) -> str:
    pairs = re.findall(r"(\w+)[=:]([^\s|;,\]]+)", header)
    return next((value for key, value in pairs if key.lower() in LABEL_KEYS), "")


def _are_labels(values: Sequence[str]) -> bool:
    return 2 <= len(set(values)) <= min(MOST_LABELS, len(values) / LEAST_PER_LABEL) and "" not in values


def _are_parts(values: Sequence[str]) -> bool:
    return {value.lower() for value in values} <= PARTS.keys()


def _header_parts(headers: Sequence[str]) -> list[str] | None:
    """[record] the part, where the last field of all headers names one (`>id|label|training`)."""
    last = [header.rsplit("|", 1)[-1].strip().lower() for header in headers]
    return [PARTS[value] for value in last] if _are_parts(last) else None
