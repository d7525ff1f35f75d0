"""Line charts as SVG, drawn by hand: few points and no library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 420, 300
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 34, 76
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#555555")  # told apart by colour-blind readers too
DASHES = ("", "7 3", "2 3", "9 3 2 3", "")


def chart(
    title: str,
    across: str,
    up: str,
    lines: Mapping[str, Points],
    *,
    ticks: Sequence[float],
    counts: Mapping[float, int] | None = None,
) -> str:
    """Lines of values from 0 to 1 over x, at evenly spaced `ticks`; a point may lie between two of them.

    Args:
        counts: numbers of cases, written above the ticks.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 18, title, size=14),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 34, across),
        f'<g transform="rotate(-90)">{_text(-(TOP + HEIGHT - BOTTOM) / 2, 14, up)}</g>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _y(share)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{share:g}", anchor="end"))
    for tick in ticks:
        parts.append(_text(_x(tick, ticks), HEIGHT - BOTTOM + 16, f"{tick:g}"))
        if counts is not None:
            parts.append(_text(_x(tick, ticks), TOP - 2, str(counts.get(tick, 0)), size=9))
    for number, (name, points) in enumerate(lines.items()):
        parts += _line(number, name, [(_x(x, ticks), _y(y)) for x, y in points], len(lines))
    return "\n".join([*parts, "</svg>", ""])


def _line(number: int, name: str, points: Points, lines: int) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    path = " ".join(f"{'L' if place else 'M'}{x:.1f} {y:.1f}" for place, (x, y) in enumerate(points))
    start = LEFT + number * (WIDTH - LEFT - RIGHT) / lines
    return [
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{DASHES[number % len(DASHES)]}"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points),
        f'<rect x="{start:.1f}" y="{HEIGHT - 24}" width="12" height="4" fill="{colour}"/>',
        _text(start + 16, HEIGHT - 18, name, anchor="start", size=11),
    ]


def _x(value: float, ticks: Sequence[float]) -> float:
    """Evenly spaced ticks; between two of them linear."""
    room = (WIDTH - LEFT - RIGHT) / len(ticks)
    after = next((place for place, tick in enumerate(ticks) if value <= tick), len(ticks) - 1)
    before = max(0, after - 1)
    gap = ticks[after] - ticks[before]
    place = before + ((value - ticks[before]) / gap if gap else 0.0)
    return LEFT + room * (place + 0.5)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _text(x: float, y: float, text: str, *, anchor: str = "middle", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'
