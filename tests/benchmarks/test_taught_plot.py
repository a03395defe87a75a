"""The plot of “python -m benchmarks taught” is an SVG file with a line for each teacher and a dot for each draw."""

from xml.etree import ElementTree

from benchmarks.taught_plot import Curve, plot

SVG = "{http://www.w3.org/2000/svg}"


def test_each_teacher_has_a_line_through_the_means_and_each_draw_a_dot_with_its_figure():
    curves = [Curve("no teacher", [(50, [0.5, 0.6]), (200, [0.75])]), Curve("10% & more", [(0, [0.8]), (200, [0.88])])]
    drawing = ElementTree.fromstring(plot(curves))
    lines = [path.get("d") for path in drawing.iter(f"{SVG}path") if path.get("class") in ("line c0", "line c1")]
    assert len(lines) == 2 * len(curves)  # in the plot, and next to the names
    hints = [title.text for title in drawing.iter(f"{SVG}title")]
    assert hints == [
        "no teacher, 50 articles: 0.500",
        "no teacher, 50 articles: 0.600",
        "no teacher, 200 articles: 0.750",
        "10% & more, 0 articles: 0.800",
        "10% & more, 200 articles: 0.880",
    ]
    texts = {text.text for text in drawing.iter(f"{SVG}text")}
    assert {"no teacher", "10% & more", "0", "50", "200", "0.5", "1.0"} <= texts
