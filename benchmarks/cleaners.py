"""Peers with a cleaner before them: selectolax takes the text out of HTML, as a programmer would have it do."""

from benchmarks.peers import Predict


def behind_selectolax(predict: Predict) -> Predict:
    """Return what parses a body as HTML and predicts from its text.

    Raises
    ------
    ImportError
        If selectolax is not installed.
    """
    from selectolax.lexbor import LexborHTMLParser

    return lambda body: predict(LexborHTMLParser(body).text(separator=" "))
