"""Text from the data, spelled so that it cannot steer a terminal, turn lines around or run in a shell."""

from __future__ import annotations

import shlex

JOINERS = "\u200c\u200d"  # of letters in Persian and Indic scripts, and of emoji


def printable(text: str, keep: str = "") -> str:
    """`text` with control characters, marks of direction and lone surrogates spelled out: `\\x1b[31m`.

    Args:
        keep: control characters that stay, such as new lines.
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or one in keep or one in JOINERS else _spelled(one) for one in text
    )


def quoted(text: str) -> str:
    """`text` as one word of a command for a shell, never an option, and legible."""
    word = f"./{text}" if text.startswith("-") else text
    if word.isprintable():
        return shlex.quote(word)
    spelled = "".join(
        one
        if one.isprintable() and one not in "\\'"
        else _spelled(one)
        if not one.isprintable()
        else f"\\{one}"
        for one in word
    )
    return f"$'{spelled}'"


def _spelled(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")
