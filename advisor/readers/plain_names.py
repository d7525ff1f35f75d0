"""Names on disk that are no UTF-8: JSON, CSV files and terminals could not hold them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from advisor.readers.source import Skipped, Source


def with_plain_names(source: Source) -> Source:
    """The source with each byte that is no UTF-8 spelled as `\\xe9`; files are read by their own names."""
    labels, spec = source.labels, source.spec
    texts = labels is not None and labels.dtype.kind == "O"
    classes = spec.target.class_names if spec.target else ()
    if _are_plain([spec.path, *source.ids, *classes, *(one.where for one in source.skipped)]):
        return source
    if spec.target is not None:
        spec = spec.model_copy(
            update={"target": spec.target.model_copy(update={"class_names": tuple(map(plain, classes))})}
        )
    return replace(
        source,
        spec=spec.model_copy(update={"path": plain(spec.path)}),
        ids=[plain(name) for name in source.ids],
        labels=np.array([plain(label) for label in labels], dtype=object)
        if texts and labels is not None
        else labels,
        skipped=tuple(Skipped(plain(one.where), plain(one.reason)) for one in source.skipped),
    )


def plain(name: str) -> str:
    """The name where it is text, else with its odd bytes spelled out."""
    return (
        name
        if _are_plain([name])
        else name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    )


def _are_plain(names: Iterable[str]) -> bool:
    try:
        "\n".join(names).encode()
    except UnicodeEncodeError:
        return False
    return True
