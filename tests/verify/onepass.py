"""``make verify-text``: pieces of sources, changed at random, cleaned in one pass and by the rules in Python."""

import time
from collections import Counter

import click

from classifier.terms.encoding import utf8
from classifier.text.boilerplate import split_boilerplate
from classifier.text.clean import clean_and_count
from classifier.text.onepass.cleaner import clean_in_one_pass
from tests.text.sources import pieces

SHOWN = 5


@click.command()
@click.option("--pieces", "n", default=1_000_000, show_default=True, help="Number of pieces.")
@click.option("--seed", type=int, help="Seed of all choices. Default: another one each time; it is printed.")
def main(n: int, seed: int | None) -> None:
    """Clean pieces in both ways, print how many agree, and fail if any differs."""
    seed = int(time.time()) if seed is None else seed
    outcomes: Counter[str] = Counter()
    for piece in pieces(seed, n):
        outcome = _outcome(piece)
        outcomes[outcome] += 1
        if outcome == "differ" and outcomes[outcome] <= SHOWN:
            click.echo(f"differs: {piece!r}")
    click.echo(
        f"{n:,} pieces, seed {seed}: " + ", ".join(f"{count:,} {name}" for name, count in outcomes.most_common())
    )
    if outcomes["differ"]:
        raise click.ClickException(
            "the pass and the rules differ. Fix: make the pass in classifier/text/onepass/ decline"
        )


def _outcome(piece: str) -> str:
    found = clean_in_one_pass(utf8(piece))
    if found is None:
        return "declined"
    text, dropped = clean_and_count(piece)
    if (found.utf8, found.dropped) != (utf8(text), dropped):
        return "differ"
    return "agree" if found.may_hold_boilerplate or split_boilerplate(text) == (text, 0) else "differ"


if __name__ == "__main__":
    main()
