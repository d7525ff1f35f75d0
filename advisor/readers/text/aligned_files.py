"""Which text files have lines that belong together, which is the input, and what the others hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from advisor.errors import DataError, UsageError
from advisor.readers.labels import LEAST_PER_CLASS
from advisor.readers.text.letters import LOOKED_AT
from advisor.readers.text.text_lines import index_lines
from advisor.readers.text.text_survey import TextFile, letter_share, reads_as_text

LANGUAGES = frozenset(
    """ar be bg bn bs ca cn cs cy cz da de dk el en eo es et eu fa fi fr ga gl gr gu he hi hr hu hy id is
    it ja jp ka kk kn ko kr la lt lv mk ml mn mr ms mt nb ne nl nn no pa pl ps pt ro ru se si sk sl
    sq sr sv sw ta te th tl tr ua uk ur uz vi vn xh yo zh zu ara bul ces chi cmn dan deu dut ell eng
    est fas fin fra fre ger heb hin hrv hun ind ita jpn kor lav lit nld nor pes pol por ron rum rus
    slk slv spa srp swe tam tel tha tur ukr urd vie zho arabic bengali bulgarian chinese croatian
    czech danish dutch english estonian finnish french german greek hebrew hindi hungarian
    indonesian italian japanese korean latin latvian lithuanian norwegian persian polish portuguese
    romanian russian serbian slovak slovenian spanish swedish tamil telugu thai turkish ukrainian
    urdu vietnamese""".split()
)
ENGLISH = frozenset({"en", "eng", "english"})
INPUTS = frozenset(
    """src source sources input inputs in x text texts sentence sentences sequence sequences seq seqs sent
    sents review reviews tweet tweets document documents article articles question questions words
    tokens data original complex normal context prompt from""".split()
)
OUTPUTS = frozenset(
    """tgt trg target targets output outputs out y label labels class classes tag tags ner pos slots intent
    intents category categories sentiment polarity rating ratings score scores summary summaries
    title titles answer answers response responses simple simplified reply replies ref reference to
    highlights abstract headline headlines translation completion completions paraphrase corrected
    correct caption captions""".split()
)
ROLES = LANGUAGES | INPUTS | OUTPUTS
LEAST_LINES = 10
COUNTED = 16 * 2**20  # bytes of a group whose lines are counted to tell the form; larger ones by their names
NEARLY = 0.8  # shares of lines from which unequal files of one name are damaged, and not unrelated
MAX_LABEL_WORDS = 4.0  # per line on average; longer lines are texts
TAG_SHARE = 0.1  # different words over all words; a page of running text has 0.4, tags under 0.05
FEW_TAGS = 60  # or no more than so many in a small file
ALIKE = 0.4  # correlation of the logarithms of lengths: translations 0.55 to 0.9, titles and bodies 0.1
NAME_WORDS = 3.0  # per line on average, up to which lines are names and no sentences
Kind = Literal["text", "tags", "label"]
Group = list[tuple[str, TextFile]]


@dataclass(frozen=True)
class Pairs:
    """The roles of input and target, and per part (or piece of one) the two files that have them."""

    source: str
    target: str
    files: tuple[tuple[TextFile, TextFile], ...]

    @property
    def count(self) -> int:
        return 2 * len(self.files)


def match(files: Sequence[TextFile], target: str | None = None) -> Pairs | None:
    """Input and target files that lie side by side; None where there are none."""
    groups = _groups(files)
    if not groups:
        return None
    main = max(groups, key=lambda group: (group[0][1].part == "train", sum(file.size for _, file in group)))
    roles = _assign(main, target)
    if roles is None:
        return None
    named = [dict(group) for group in groups]
    pairs = tuple((group[roles[0]], group[roles[1]]) for group in named if set(roles) <= group.keys())
    return Pairs(*roles, pairs) if pairs else None


def _groups(files: Sequence[TextFile]) -> list[Group]:
    """Files of one part and one name that differ in their role, each group with equal numbers of lines."""
    named: dict[tuple[str, tuple[str, ...]], dict[str, TextFile]] = defaultdict(dict)
    for file in files:
        if not file.lines:
            continue
        role, rest = _role(file.words)
        if role:
            named[file.part, rest].setdefault(role, file)
    found = [list(group.items()) for group in named.values() if len(group) > 1]
    groups = [group for group in found if _belong([file for _, file in group])]
    used = {file.path for group in groups for _, file in group}
    left = [file for file in files if file.path not in used and file.lines]
    return _with_further(groups, left) if groups else _unnamed(left)


def _with_further(groups: list[Group], files: Sequence[TextFile]) -> list[Group]:
    """The groups, each with files of its part that have as many lines: labels beside words and their tags."""
    for file in files:
        near = [group for group in groups if group[0][1].part == file.part and not file.is_list]
        if len(near) == 1 and sum(other.size for _, other in near[0]) <= COUNTED:
            if _count(file) == _count(near[0][0][1]):
                near[0].append((" ".join(file.words), file))
    return groups


def _unnamed(files: Sequence[TextFile]) -> list[Group]:
    """Two to a few files of one part whatever their names, with equal numbers of lines."""
    by_part: dict[str, list[TextFile]] = defaultdict(list)
    for file in files:
        by_part[file.part].append(file)
    groups = []
    for mine in by_part.values():
        if not 2 <= len(mine) <= 6 or sum(file.size for file in mine) > COUNTED:
            continue
        counted: dict[int, list[TextFile]] = defaultdict(list)
        for file in mine:
            counted[_count(file)].append(file)
        most = max(counted, key=lambda count: (len(counted[count]) > 1, count))
        if len(counted[most]) > 1 and most >= LEAST_LINES:
            groups.append([(" ".join(file.words), file) for file in counted[most]])
    return groups


def _role(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The last word that says what a file holds, and the other words."""
    place = next((i for i in range(len(words) - 1, -1, -1) if words[i] in ROLES), None)
    return ("", words) if place is None else (words[place], words[:place] + words[place + 1 :])


def _belong(files: Sequence[TextFile]) -> bool:
    """Whether they have about as many lines; large ones are taken by their names."""
    if sum(file.size for file in files) > COUNTED:
        return True
    counts = [_count(file) for file in files]
    if min(counts) < LEAST_LINES or min(counts) < NEARLY * max(counts):
        return False
    words = [len(line.split()) for file in files for line in file.head]
    return len(set(counts)) == 1 or float(np.mean(words)) > NAME_WORDS


def _count(file: TextFile) -> int:
    try:
        return len(index_lines(file.path))
    except DataError:
        return 0


# --- which is the input -----------------------------------------------------------------------------


def _assign(group: Group, target: str | None) -> tuple[str, str] | None:
    """The roles of input and target; None where no file holds text.

    Raises:
        UsageError: `target` is none of the files.
    """
    files = dict(group)
    texts = [role for role, file in group if reads_as_text(file.lines)]
    kinds = {role: _kind(files, role, texts) for role in files}
    inputs = sorted((role for role in texts if kinds[role] == "text"), key=_as_input)
    if not inputs:
        return None
    others = [role for role in files if role != inputs[0]]
    others.sort(key=lambda role: (("tags", "label", "text").index(kinds[role]), role))
    if target is None:
        return (inputs[0], others[0]) if _are_partners(files, inputs[0], others[0], kinds) else None
    named = [role for role in others if target.lower() in (last_word(role), files[role].stem.lower())]
    if not named:
        names = ", ".join(map(last_word, others))
        raise UsageError(f"`--target {target}` is no file beside {files[inputs[0]].name}: choose of {names}")
    return inputs[0], named[0]


def _are_partners(files: dict[str, TextFile], first: str, second: str, kinds: dict[str, Kind]) -> bool:
    """Two texts belong together when their names say so, or long lines stand beside long ones."""
    said = {last_word(first) in INPUTS, last_word(second) in OUTPUTS} == {True}
    return said or kinds[second] != "text" or are_alike(files[first].head, files[second].head)


def are_alike(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether long texts of one stand beside long ones of the other, as in translations."""
    lengths = np.log([(1 + len(mine), 1 + len(theirs)) for mine, theirs in zip(first, second, strict=False)])
    if len(lengths) < LEAST_LINES or bool((lengths.std(axis=0) == 0).any()):
        return False
    return float(np.corrcoef(lengths.T)[0, 1]) >= ALIKE


def _as_input(role: str) -> tuple[bool, bool, bool, str]:
    """A key that sorts what is called an input, or is English, to the front."""
    name = last_word(role)
    return name in OUTPUTS, name not in INPUTS, name not in ENGLISH, role


def last_word(role: str) -> str:
    return role.rsplit(" ", 1)[-1]


def _kind(files: dict[str, TextFile], role: str, texts: Sequence[str]) -> Kind:
    """What a file of a group holds, by its first lines."""
    lines = files[role].head
    if any(are_tags(lines, files[other].head) for other in texts if other != role):
        return "tags"
    return "label" if are_few([line.strip() for line in lines]) or are_numbers(lines) else "text"


def are_few(lines: Sequence[str]) -> bool:
    """Short lines that come again and again."""
    known = [line for line in lines if line]
    words = sum(len(line.split()) for line in known) / max(1, len(known))
    return words <= MAX_LABEL_WORDS and len(set(known)) <= max(2, len(known) // LEAST_PER_CLASS)


def are_numbers(lines: Sequence[str]) -> bool:
    return not reads_as_text([line for line in lines if line.strip()]) and letter_share(lines) == 0


def are_tags(lines: Sequence[str], inputs: Sequence[str]) -> bool:
    """As many words as the input in every line (or letters, in strings of them), of which few differ."""
    pairs = [(line.split(), other.split()) for line, other in zip(lines, inputs, strict=False)][:LOOKED_AT]
    pairs = [(mine, theirs) for mine, theirs in pairs if mine or theirs]
    if not pairs:
        return False
    if all(len(mine) == len(theirs) == 1 for mine, theirs in pairs):
        pairs = [(list(mine[0]), list(theirs[0])) for mine, theirs in pairs]
    even = sum(len(mine) == len(theirs) for mine, theirs in pairs)
    words = [word for mine, _ in pairs for word in mine]
    theirs_words = {word for _, theirs in pairs for word in theirs}
    few = len(set(words)) <= max(TAG_SHARE * len(words), min(FEW_TAGS, len(theirs_words) // 4))
    several = len(words) >= 2 * len(pairs)
    return several and even >= 0.98 * len(pairs) and few and len(set(words)) < len(theirs_words)
