from __future__ import annotations

import io
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from advisor.records import Inspection
from advisor.report import page, terminal
from advisor.report.printable import printable, quoted

NASTY = "\x1b]0;title\x07\x1b[31m[red]<img src=x onerror=alert(1)>\u202egnp.\r\x9b2J"


@given(st.text())
def test_only_what_can_be_printed_is_left(text: str) -> None:
    shown = printable(text)
    assert all(one.isprintable() or one in "\u200c\u200d" for one in shown)
    assert shown == text or not text.isprintable()
    shown.encode()


@pytest.mark.parametrize(
    "name", ["plain", "a b", "$(touch x)", "it's", "new\nline\x1b[31m'\\", "-rf", "`x`", "é\u202e"]
)
def test_a_quoted_name_is_one_word_of_the_shell(name: str) -> None:
    done = subprocess.run(["bash", "-c", f"printf %s {quoted(name)}"], capture_output=True, check=True)
    assert done.stdout.decode() == (f"./{name}" if name.startswith("-") else name)


def test_names_cannot_steer_the_terminal(inspection: Inspection) -> None:
    out = io.StringIO()
    findings = tuple(one.model_copy(update={"text": NASTY}) for one in inspection.health)
    named = inspection.model_copy(update={"path": NASTY, "health": findings})
    terminal.print_inspection(Console(file=out, width=200, highlight=False), named)
    assert set(filter(lambda one: not one.isprintable(), out.getvalue())) == {"\n"}
    assert "\\x1b[31m[red]<img" in out.getvalue()


def test_names_are_only_text_in_the_page(inspection: Inspection) -> None:
    html = page.render(inspection.model_copy(update={"path": NASTY}), [])
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "\x1b" not in html
    assert "\u202e" not in html
