"""What lies in a folder: which files are texts, what their names say, if texts are the data."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers import folders, part_names
from advisor.readers.text.text_files import sample_lines

TEXT_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".rst", ".eml", ".lines", ".tok", ".raw"})
OTHER_DATA = frozenset(
    {
        ".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".feather", ".arrow", ".arff",
        ".ts", ".xlsx", ".xls", ".ods", ".npy", ".npz", ".h5", ".hdf5", ".mat", ".nc", ".zarr", ".db",
        ".sqlite", ".sqlite3", ".bin", ".model", ".safetensors", ".onnx", ".xml", ".jpg", ".jpeg", ".png",
        ".gif", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pbm", ".svg", ".wav", ".flac", ".ogg",
        ".mp3", ".m4a", ".mid", ".midi",
        ".mp4", ".avi", ".mov", ".mkv", ".webm", ".nii", ".dcm", ".mha", ".nrrd", ".feat", ".idx",
        ".lmdb", ".tfrecord", ".graphml", ".gml", ".mtx",
    }
    | folders.PICKLES
)  # fmt: skip
"""Data of other forms: what is in them is never looked at here."""

BESIDE = frozenset(
    {
        ".zip", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".pdf", ".ps", ".doc", ".docx", ".py",
        ".ipynb", ".sh", ".pl", ".r", ".m", ".c", ".cpp", ".h", ".java", ".js", ".css", ".yml", ".yaml",
        ".toml", ".cfg", ".ini", ".log", ".bib", ".md5", ".sha256", ".sha1", ".lock", ".bat", ".exe",
        ".names", ".html", ".htm",
    }
)  # fmt: skip
"""Archives, programs and papers that lie beside data of any form."""

WEIGHTS = re.compile(
    r"(model|weight|checkpoint|classifier|encoder|scaler|vectori[sz]er|tokeni[sz]er).*"
    r"\.(h5|hdf5|pkl|pickle|pt|pth|ckpt|joblib|onnx|safetensors|bin|model)$",
    re.IGNORECASE,
)
"""What was learned from data, and is none."""

PROSE = re.compile(
    r"(read[ _-]?me|licen[cs]e|copying|copyright|change[ _-]?(log|s)|authors|contributors|citation|notice|"
    r"requirements|todo|install|version|release[ _-]?notes|terms|disclaimer|acknowledg\w*|about|summary$|"
    r"(data[ _-]?(set[ _-]?)?)?(description|info|information|documentation|card|sheet))\b|index$|manifest$",
    re.IGNORECASE,
)
"""Names of files that tell of data, and are none."""

LISTS = re.compile(
    r"(vocab|dict|stop[ _-]?words|word[ _-]?(list|index)|lexicon|glove|(label|class)[ _-]?(map|names|list)|"
    r"mapping|urls?\b|check[ _-]?sums?|md5|sha\d|file[ _-]?(list|names)|categories\b|classes\b)",
    re.IGNORECASE,
)
"""Names of lists that lie beside texts; one may still be a file of labels."""

SHARED_TASKS = (
    (r"testa|devel|news-?dev\d*", "validation"),
    (r"testb|newstest\d*|tst\d+", "test"),
    (r"(eng|esp|ned|deu|ger|trivia)train(ing)?", "train"),
    (r"(eng|esp|ned|deu|ger|trivia)(test)", "test"),
)
"""What parts are called in CoNLL 2003 (`eng.testa`), the BIO files of MIT's slots, WMT and IWSLT."""

MOST_LISTED = 200_000  # files; listing more decides nothing when telling the form
MOST_WEIGHED = 40  # files of one folder whose sizes are looked at
MOST_FLAT = 200  # files that are opened to tell the form
LETTER_SHARE = 0.4  # of what is not white space; program code has 0.6, tables of numbers next to none


@dataclass(frozen=True)
class TextFile:
    """A file that may be a text, with what its name and its folders (below the common ones) say."""

    folder: Path
    name: str
    places: tuple[str, ...] = ()

    @cached_property
    def path(self) -> Path:
        return self.folder / self.name

    @cached_property
    def stem(self) -> str:
        """The name without `.gz` and without a suffix that only says that it is text."""
        return bare(self.name)

    @property
    def key(self) -> str:
        """Folders below the common ones and the stem: what samples of this file are called by."""
        return "/".join((*self.places, self.stem))

    @cached_property
    def part(self) -> str:
        """The part that the name or the nearest folder stands for, or the empty string."""
        named = (part_in(name) for name in (self.stem, *reversed(self.places)))
        return next((part for part in named if part), "")

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Lower-case words of folders and name, without those that name a part."""
        spaced = (re.sub(r"([a-z])([A-Z])", r"\1 \2", name) for name in (*self.places, self.stem))
        words = re.split(r"[^0-9a-z]+", " ".join(spaced).lower())
        return tuple(word for word in words if word and not _names_part(word))

    @cached_property
    def _sampled(self) -> tuple[list[str], list[str]]:
        try:
            return sample_lines(self.path) if self.path.is_file() else ([], [])
        except OSError:
            return [], []

    @property
    def head(self) -> list[str]:
        """The first lines; none where the file is no text."""
        return self._sampled[0]

    @property
    def lines(self) -> list[str]:
        """The first lines and some from further on."""
        return self._sampled[0] + self._sampled[1]

    @cached_property
    def size(self) -> int:
        with contextlib.suppress(OSError):
            return self.path.stat().st_size
        return 0

    @property
    def is_prose(self) -> bool:
        return bool(PROSE.match(self.stem))

    @property
    def is_list(self) -> bool:
        return bool(LISTS.search(self.stem))


def bare(name: str) -> str:
    """`train.en` of `train.en.gz`, `input` of `input.txt`."""
    name = re.sub(r"\.gz$", "", name, flags=re.IGNORECASE)
    stem, suffix = os.path.splitext(name)
    return stem if suffix.lower() in TEXT_SUFFIXES and stem else name


@lru_cache(maxsize=4096)
def part_in(name: str) -> str | None:
    """As `part_names.part_within`, and in shared tasks: `C50train`, `engtrain`, `testa`, `newstest2014`."""
    spaced = re.sub(r"(\d)([A-Za-z])", r"\1 \2", name)
    known = part_names.part_of(name) or part_names.part_within(spaced)
    if known:
        return known
    words = re.split(r"[^0-9a-z]+", spaced.lower())
    return next((part for word in words for form, part in SHARED_TASKS if re.fullmatch(form, word)), None)


def _names_part(word: str) -> bool:
    return word in part_names.PARTS or any(re.fullmatch(form, word) for form, _ in SHARED_TASKS)


def suffix_of(name: str) -> str:
    """The suffix below `.gz`; the empty string where it is a number or too long to be one."""
    suffix = folders.suffix(name)
    suffix = folders.suffix(name[:-3]) if suffix == ".gz" else suffix
    return suffix if suffix in TEXT_SUFFIXES or re.fullmatch(r"\.[a-z][a-z0-9]{0,8}", suffix) else ""


def may_be_text(name: str, also: Collection[str] = ()) -> bool:
    """Whether a file of this name is opened to see if it is text."""
    suffix = suffix_of(name)
    return suffix in also or suffix not in OTHER_DATA | BESIDE


Listing = list[tuple[tuple[str, ...], list[str]]]


def listing(root: Path, most: int | None = None) -> Listing:
    """Each folder's place below `root` and its visible files, sorted; links back upwards are not followed.

    Args:
        most: files after which no further folder is listed; None for all.
    """
    seen = {_identity(root)}
    found: Listing = []
    waiting: list[tuple[str, ...]] = [()]
    count = 0
    while waiting and (most is None or count < most):
        places = waiting.pop()
        try:
            shown = folders.visible(root.joinpath(*places))
        except NoDataError:  # it may not be listed
            continue
        fresh = []
        for entry in shown:
            if entry.is_dir() and (identity := _identity(Path(entry.path))) not in seen:
                seen.add(identity)
                fresh.append((*places, entry.name))
        waiting += fresh[::-1]
        names = sorted(entry.name for entry in shown if entry.is_file())
        found.append((places, names))
        count += len(names)
    return found


def texts_among(root: Path, listed: Listing, also: frozenset[str] = frozenset()) -> list[TextFile]:
    """Files that may be texts; none where most of what lies there, in bytes, is data of another form. Pickles
    are never read, and so count for nothing.

    Args:
        also: suffixes of other forms that may be texts too.
    """
    other = OTHER_DATA - also - folders.PICKLES
    texts = _weight(root, listed, lambda name: may_be_text(name, also))
    if texts <= _weight(root, listed, lambda name: _is_data(name, other)):
        return []
    kept = [(places, [name for name in names if may_be_text(name, also)]) for places, names in listed]
    levels = zip(*(places for places, names in kept if names), strict=False)
    shared = len(list(takewhile(lambda names: len(set(names)) == 1, levels)))
    return [
        TextFile(folder, name, places[shared:])
        for places, names in kept
        for folder in [root.joinpath(*places)]
        for name in names
    ]


def are_notes(root: Path, listed: Listing) -> bool:
    """Whether pickles weigh more than all that may be text, which then may only tell of them."""
    pickled = _weight(root, listed, lambda name: _is_data(name, folders.PICKLES))
    return pickled > _weight(root, listed, may_be_text)


def _weight(root: Path, listed: Listing, wanted: Callable[[str], bool]) -> float:
    """About how many bytes the files with a wanted name have together."""
    weight = 0.0
    for places, names in listed:
        seen = names[:: max(1, len(names) // MOST_WEIGHED)]
        weight += len(names) / max(1, len(seen)) * _bytes(root, places, [one for one in seen if wanted(one)])
    return weight


def _is_data(name: str, suffixes: Collection[str]) -> bool:
    return suffix_of(name) in suffixes and not WEIGHTS.search(name)


def letter_share(lines: Iterable[str]) -> float:
    """Letters among all that is not white space."""
    letters = "".join("".join(line.split()) for line in lines)
    return sum(map(str.isalpha, letters)) / len(letters) if letters else 0.0


def reads_as_text(lines: list[str]) -> bool:
    """Whether these are words or letters, and not numbers."""
    return letter_share(lines[:: max(1, len(lines) // MOST_FLAT)]) >= LETTER_SHARE


def _bytes(root: Path, places: tuple[str, ...], names: list[str]) -> int:
    """Sizes of these files together; what cannot be looked at has none."""
    total = 0
    for name in names:
        with contextlib.suppress(OSError):
            total += os.stat(root.joinpath(*places, name)).st_size
    return total


def _identity(folder: Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino
