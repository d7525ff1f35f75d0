"""Tables with one measurement a row: what it is the value of stands in a column (`channel`, `variable`)."""

from __future__ import annotations

import re
from dataclasses import replace

from advisor.readers.table.table_rows import Rows

VARIABLE = re.compile(
    r"(channel|chan|variable|var|dim|dimension|feature|parameter|metric|measure|signal|axis|indicator|attribute)"
    r"([_ ]?(id|name|no|nr|number|code))?$",
    re.I,
)
VALUE = re.compile(r"(value|val|reading|measurement|amplitude|obs_value)s?$", re.I)
MOST_VARIABLES = 500  # distinct ones; more are names of things
LEAST_FILLED = 0.9  # of the cells that the table has once each variable is a column


def cast(rows: Rows) -> Rows:
    """The rows with a column for each variable, as R's `dcast` and pandas' `pivot` give; as they are where
    there is no such column, where a value is given twice, or where most of the cells would be empty."""
    variables = [i for i, name in enumerate(rows.header) if VARIABLE.match(name)]
    values = [i for i, name in enumerate(rows.header) if VALUE.match(name)]
    if not rows.named or len(variables) != 1 or len(values) != 1 or len(rows.header) < 3:
        return rows
    variable, value = variables[0], values[0]
    names = list(dict.fromkeys(row[variable].strip() for row in rows.rows))
    if not 2 <= len(names) <= MOST_VARIABLES or value in (rows.absent, rows.attached):
        return rows
    rest = [i for i in range(len(rows.header)) if i not in (variable, value)]
    places = {name: place for place, name in enumerate(names)}
    found: dict[tuple[str, ...], list[str | None]] = {}
    firsts: list[int] = []
    last = rows.head or len(rows.rows)
    for place, row in enumerate(rows.rows[:last]):
        key = (rows.parts[place], *(row[i] for i in rest))
        if key not in found:
            found[key] = [None] * len(names)
            firsts.append(place)
        if found[key][places[row[variable].strip()]] is not None:
            return rows
        found[key][places[row[variable].strip()]] = row[value]
    if last < LEAST_FILLED * len(found) * len(names):
        return rows
    moved = {i: place for place, i in enumerate(rest)}
    taken = {rows.header[i] for i in rest}
    plain = all(name and not name.isdigit() and name not in taken for name in names)
    titles = names if plain else [f"{rows.header[variable]} {name}" for name in names]
    return replace(
        rows,
        header=(*(rows.header[i] for i in rest), *titles),
        rows=tuple((*key[1:], *(cell or "" for cell in line)) for key, line in found.items()),
        ids=tuple(rows.ids[place] for place in firsts),
        parts=tuple(rows.parts[place] for place in firsts),
        absent=None if rows.absent is None else moved.get(rows.absent),
        attached=None if rows.attached is None else moved.get(rows.attached),
        total=None if rows.total is None else rows.total // len(names),
        head=None if rows.head is None else len(found),
    )
