"""Rows and cells of text files in all the ways people write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import DataError
from advisor.readers.table import cells, delimited

PATH = Path("made.csv")
ROWS = [f"{i},{i * 2}.5,{'ab'[i % 2]}" for i in range(40)]


def parse(*lines: str, end: str = "\n", encoding: str = "utf-8") -> delimited.Table:
    return delimited.parse(PATH, end.join(lines).encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str) -> None:
    table = parse("größe,b,c", *ROWS, end=end, encoding=encoding)
    assert table.header == ("größe", "b", "c")
    assert len(table.rows) == 40


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    table = parse("a,b,c".replace(",", delimiter), *(row.replace(",", delimiter) for row in ROWS))
    assert (table.delimiter, table.header, len(table.rows)) == (delimiter, ("a", "b", "c"), 40)


def test_white_space_sets_numbers_apart() -> None:
    table = parse(*[f"  {i % 3}   {i}.5\t{i}" for i in range(30)])
    assert (table.delimiter, table.named, table.rows[4]) == (" ", False, ("1", "4.5", "4"))


def test_lines_above_the_header_are_counted() -> None:
    table = parse("Station: Oslo", "Made 2020, by hand", "", "a,b,c", *ROWS)
    assert table.header == ("a", "b", "c")
    assert [skipped.reason for skipped in table.skipped] == ["lines above the header"] * 2


def test_notes_filled_up_with_delimiters_are_no_rows() -> None:
    table = parse("Station: Oslo,,", "Unit: C,,", "a,b,c", *ROWS)
    assert (table.header, len(table.rows)) == (("a", "b", "c"), 40)


def test_comments_are_left_out_and_may_be_the_header() -> None:
    table = parse("# made by hand", "# a,b,c", *ROWS, "# the end")
    assert (table.header, len(table.rows), table.skipped) == (("a", "b", "c"), 40, ())


def test_a_row_of_units_is_left_out() -> None:
    table = parse("a,b,c", "(s),(m),", *ROWS)
    assert len(table.rows) == 40
    assert table.numbers[0] == 0
    assert [skipped.reason for skipped in table.skipped] == ["units below the header"]


def test_two_rows_of_names() -> None:
    days = [f"2020-01-{i + 1:02},{i},{i * 2}" for i in range(30)]
    table = parse("Price,Close,Close", "Ticker,A,B", "Date,,", *days)
    assert table.header == ("Price", "Close", "Close.1")
    assert len(table.rows) == 30


@pytest.mark.parametrize("header", ["a,b,c", "a,b,c,"])
def test_a_delimiter_at_the_end_of_each_line(header: str) -> None:
    table = parse(header, *(f"{row}," for row in ROWS))
    assert table.header == ("a", "b", "c")
    assert table.rows[1] == ("1", "2.5", "b")


def test_row_names_without_a_name() -> None:
    table = parse("b,c", *ROWS)
    assert table.header == ("column0", "b", "c")
    assert len(table.rows) == 40


def test_names_given_twice() -> None:
    assert parse("a,a,c", *ROWS).header == ("a", "a.1", "c")


def test_steps_named_by_numbers_are_a_header() -> None:
    table = parse("label,0,1,2,3,4", *[f"x,{i}.5,2,3.5,1,{i}" for i in range(9)])
    assert table.named
    assert table.header[1:] == ("0", "1", "2", "3", "4")


def test_rows_of_their_own_length_are_filled_up() -> None:
    table = parse(*["1," + ",".join("2" * (9 + i)) for i in range(6)])
    assert {len(row) for row in table.rows} == {15}
    assert table.rows[0][-1] == ""


def test_an_odd_row_is_skipped_and_named() -> None:
    table = parse("a,b,c", *ROWS[:5], "1,2", *ROWS[5:])
    assert [skipped.where for skipped in table.skipped] == ["made.csv, record 6"]
    assert table.numbers[5] == 6


def test_formulas_stay_text() -> None:
    table = parse("a,b,c", *[f"=cmd|' /C calc'!A0,{i},{i % 2}" for i in range(9)])
    assert table.rows[0][0] == "=cmd|' /C calc'!A0"


def test_a_very_long_line() -> None:
    table = parse("a\tb", *[f"{'x ' * 100_000}\t{i}" for i in range(3)])
    assert len(table.rows[0][0]) == 200_000


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(DataError, match=r"has 70,000 cells in a row, more than 65,536"):
        parse(",".join("1" * 70_000), ",".join("2" * 70_000))


@pytest.mark.parametrize("lines", [[""], ["a,b,c"], ["", "\n"]])
def test_nothing_to_read(lines: list[str]) -> None:
    with pytest.raises(DataError, match=r"is empty|holds a header and no rows"):
        parse(*lines)


# --- numbers and times ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "delimiter", "value"),
    [
        ("1,234.5", ",", 1234.5), ("1,234,567", ",", 1234567), ("1,5", ",", 1.5), ("1,500", ";", 1.5),
        ("1.234,5", ";", 1234.5), ("1 234,5", ";", 1234.5), ("12%", ",", 12), ("$1,200", ",", 1200),
        ("1e-3", ",", 0.001), ("-,5", ";", -0.5),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(cell: str, delimiter: str, value: float) -> None:
    numbers = cells.as_numbers([cell, "NA", ""], delimiter)
    assert numbers is not None
    assert numbers[0] == pytest.approx(value)
    assert np.isnan(numbers[1:]).all()


def test_names_of_digits_with_a_line_between_are_no_numbers() -> None:
    assert cells.as_numbers(["5_20251106", "6_20251106"]) is None


def test_one_odd_cell_in_many_numbers_is_missing() -> None:
    numbers = cells.as_numbers([*map(str, range(100)), "Total"])
    assert numbers is not None
    assert np.isnan(numbers[-1])
    assert cells.as_numbers([*map(str, range(10)), "Total"]) is None


@pytest.mark.parametrize(
    "cell",
    ["2020-01-01T05:00:00Z", "1577836800", "1577836800000", "2020Q1", "12/31/2019 11:59:00 PM",
     "Jan 05, 2020", "05.01.20", "20200105", "Jan-20"],
)  # fmt: skip
def test_times_as_people_write_them(cell: str) -> None:
    times = cells.as_times([cell, cell])
    assert times is not None
    assert times[0].year in (2019, 2020)


@pytest.mark.parametrize("cell", ["[1, 2.5, -3, 4]", "1 2.5 -3 4", "1;2.5;-3;4", "(1,2.5,-3,4)"])
def test_lists_in_a_cell(cell: str) -> None:
    assert cells.holds_lists([cell] * 5)
    assert cells.listed(cell)[:, 0].tolist() == [1.0, 2.5, -3.0, 4.0]


def test_lists_of_lists_are_channels() -> None:
    assert cells.listed("[[1, 2], [3, 4], [5, 6]]").tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize("cell", ["2020 10", "a b c d e", "1.5", ""])
def test_what_is_no_list(cell: str) -> None:
    assert not cells.holds_lists([cell] * 5)


# --- whatever is in it ----------------------------------------------------------------------------

WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters='\r\n\t;|,"#%/\x85\u2028\u2029\x1c\x1d\x1e\x0b\x0c'),
    min_size=1,
)


@given(st.lists(st.tuples(WORDS, st.integers(), st.floats(-1e6, 1e6)), min_size=3, max_size=20))
def test_what_csv_writes_is_read_back(rows: list[tuple[str, int, float]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("name", "count", "size"), *rows])
    table = delimited.parse(PATH, text.getvalue().encode())
    if len(table.rows) == len(rows):  # a cell of white space alone may look like notes above the header
        assert [int(row[1]) for row in table.rows] == [count for _, count, _ in rows]
        assert [float(row[2]) for row in table.rows] == [size for _, _, size in rows]


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_a_plain_error(data: bytes) -> None:
    try:
        table = delimited.parse(PATH, data)
    except DataError:
        return
    assert {len(row) for row in table.rows} == {len(table.header)}
    assert len(table.numbers) == len(table.rows)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=30))
def test_any_column_has_a_kind(column: list[str]) -> None:
    assert cells.kind_of("a", column) in ("number", "category", "text", "time", "identifier")
    cells.holds_lists(column)
