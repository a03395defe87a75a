"""Small charts as inline SVG: sharp at any size, coloured by the page's style sheet, deterministic."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT = 300, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 8, 34
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

Point = tuple[float, float]


class Chart:
    """A chart with two axes: draw on it, then get the `svg`.

    Parameters
    ----------
    title : str
        The name that a screen reader reads.
    x_label, y_label : str
    x_ticks, y_ticks : sequence of (float, str)
        Positions and their labels; the first and the last are the ends of the axis.
    """

    def __init__(
        self,
        title: str,
        x_label: str,
        y_label: str,
        x_ticks: Sequence[tuple[float, str]],
        y_ticks: Sequence[tuple[float, str]],
    ) -> None:
        self._title, self._x_ticks, self._y_ticks = title, x_ticks, y_ticks
        self._axes: list[str] = []
        self._parts: list[str] = []
        self._grid(x_label, y_label)

    def _x(self, value: float) -> float:
        low, high = self._x_ticks[0][0], self._x_ticks[-1][0]
        return _LEFT + (value - low) / ((high - low) or 1) * (WIDTH - _LEFT - _RIGHT)

    def _y(self, value: float) -> float:
        low, high = self._y_ticks[0][0], self._y_ticks[-1][0]
        return HEIGHT - _BOTTOM - (value - low) / ((high - low) or 1) * (HEIGHT - _TOP - _BOTTOM)

    def _grid(self, x_label: str, y_label: str) -> None:
        for value, text in self._y_ticks:
            y = _number(self._y(value))
            self._axes.append(f'<path class="grid" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>')
            self._axes.append(f'<text x="{_LEFT - 5}" y="{y}" dy="3.5" text-anchor="end">{escape(text)}</text>')
        for k, (value, text) in enumerate(self._x_ticks):
            x = _number(self._x(value))
            anchor = "end" if k == len(self._x_ticks) - 1 else "middle"
            self._axes.append(f'<text x="{x}" y="{HEIGHT - _BOTTOM + 13}" text-anchor="{anchor}">{escape(text)}</text>')
        middle = _number((_TOP + HEIGHT - _BOTTOM) / 2)
        right, bottom = WIDTH - _RIGHT, HEIGHT - 4
        self._axes.append(f'<text x="{right}" y="{bottom}" text-anchor="end">{escape(x_label)}</text>')
        self._axes.append(
            f'<text x="9" y="{middle}" text-anchor="middle" transform="rotate(-90 9 {middle})">{escape(y_label)}</text>'
        )

    def line(self, points: Iterable[Point], kind: str = "line") -> None:
        """Draw a line through points."""
        self._parts.append(f'<path class="{kind}" d="{self._path(points)}"/>')

    def band(self, lower: Sequence[Point], upper: Sequence[Point]) -> None:
        """Fill the area between two lines."""
        self._parts.append(f'<path class="band" d="{self._path([*lower, *reversed(upper)])}Z"/>')

    def dot(self, point: Point, kind: str = "dot", radius: float = 3, hint: str = "") -> None:
        """Mark a point; ``hint`` is shown when the pointer is over it."""
        title = f"<title>{escape(hint)}</title>" if hint else ""
        x, y = _number(self._x(point[0])), _number(self._y(point[1]))
        self._parts.append(f'<circle class="{kind}" cx="{x}" cy="{y}" r="{_number(radius)}">{title}</circle>')

    def bar(self, x_from: float, x_to: float, y_from: float, y_to: float, kind: str, hint: str = "") -> None:
        """Fill a rectangle."""
        left, right = self._x(x_from) + 0.5, self._x(x_to) - 0.5
        top, bottom = sorted((self._y(y_from), self._y(y_to)))
        title = f"<title>{escape(hint)}</title>" if hint else ""
        self._parts.append(
            f'<rect class="{kind}" x="{_number(left)}" y="{_number(top)}" width="{_number(right - left)}" '
            f'height="{_number(bottom - top)}">{title}</rect>'
        )

    def bars(self, bars: Iterable[tuple[float, float, float]], kind: str) -> None:
        """Fill rectangles that stand on the zero line, as one shape: (from x, to x, height in units of y) of each."""
        shapes = []
        for x_from, x_to, height in bars:
            left, right, foot, top = self._x(x_from) + 0.5, self._x(x_to) - 0.5, self._y(0), self._y(height)
            shapes.append(f"M{_number(left)} {_number(foot)}V{_number(top)}H{_number(right)}V{_number(foot)}Z")
        if shapes:
            self._parts.append(f'<path class="{kind}" d="{"".join(shapes)}"/>')

    def upright(self, x: float, kind: str) -> None:
        """Draw a vertical line over the whole height."""
        self._parts.append(f'<path class="{kind}" d="M{_number(self._x(x))} {_TOP}V{HEIGHT - _BOTTOM}"/>')

    def _path(self, points: Iterable[Point]) -> str:
        return "M" + "L".join(f"{_number(self._x(x))} {_number(self._y(y))}" for x, y in points)

    def svg(self, axes: str = "") -> Markup:
        """Return the chart. With ``axes``, it takes its axes from `axes_for_all` of that name, which saves space."""
        head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(self._title)}">'
        drawn = [f'<use href="#{escape(axes)}"/>'] if axes else self._axes
        return Markup(head + "".join([*drawn, *self._parts]) + "</svg>")  # noqa: S704 - every text in it is escaped

    def axes_for_all(self, name: str) -> Markup:
        """Return the axes, to be put once into a page: they show only in charts that take them by this name."""
        inner = f'<defs><g id="{escape(name)}" class="axes">{"".join(self._axes)}</g></defs>'
        return Markup(f'<svg class="defs" width="0" height="0" aria-hidden="true">{inner}</svg>')  # noqa: S704 - as above


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def unit_ticks() -> list[tuple[float, str]]:
    """Return ticks from 0 to 1."""
    return [(tick, f"{tick:g}") for tick in TICKS]
