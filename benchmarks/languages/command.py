"""``python -m benchmarks languages``: quality in many languages beside other terms, dictionaries and fastText."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.languages.peers import PEERS, loaded
from benchmarks.languages.sets import N_FOLDS, SIB, names_of_sets, read_set, unpacked
from benchmarks.report import Report, json_option

PEER_NAMES = tuple(peer.name for peer in PEERS)


def _named(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name for name in map(str.strip, value.split(",")) if name)


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="A folder with a folder for each set, or a tar archive of it, which is unpacked to a temporary folder.",
)
@click.option("--sets", callback=_named, help="Names of sets, by commas; sib for all of SIB-200. Default: all.")
@click.option("--peers", callback=_named, help=f"Other classifiers, by commas: {', '.join(PEER_NAMES)}. Default: all.")
@click.option("--multilingual", is_flag=True, help="One model of all SIB-200 languages, compared with one a language.")
@click.option(
    "--folds",
    type=click.IntRange(1, N_FOLDS),
    default=N_FOLDS,
    show_default=True,
    help="How many of the five folds --multilingual scores.",
)
@click.option("--copies", is_flag=True, help="How many copies with one changed character are found, and false copies.")
@click.option("--letters", is_flag=True, help="The share of letters that terms hold, for each set.")
@click.option("--scores/--no-scores", default=None, help="Score the sets. Default: unless another part is asked for.")
@json_option
def languages(
    data: Path,
    sets: tuple[str, ...] | None,
    peers: tuple[str, ...] | None,
    multilingual: bool,
    folds: int,
    copies: bool,
    letters: bool,
    scores: bool | None,
    as_json: bool,
) -> None:
    """Measure quality in many languages, near copies, and the letters that terms hold."""
    reports: list[Report] = []
    with unpacked(data) as folder:
        names = _chosen(names_of_sets(folder), sets)
        if scores if scores is not None else not (multilingual or copies or letters):
            reports += _scores(folder, names, PEER_NAMES if peers is None else peers)
        if multilingual:
            from benchmarks.languages.multilingual import multilingual_report

            reports.append(multilingual_report(folder, names, folds))
        if copies:
            from benchmarks.languages.copies import copies_report

            reports.append(copies_report(folder, names))
        if letters:
            from benchmarks.languages.letters import letters_report

            reports.append(letters_report(folder, names))
    _show(reports, as_json)


def _chosen(names: Sequence[str], asked: tuple[str, ...] | None) -> list[str]:
    if asked is None:
        return list(names)
    known = {*names, "sib"}
    if unknown := [name for name in asked if name not in known]:
        raise click.BadParameter(
            f"there is no set {', '.join(unknown)}. Fix: choose from {', '.join(names)}, or sib for all of SIB-200",
            param_hint="--sets",
        )
    return [name for name in names if name in asked or ("sib" in asked and name.startswith(SIB))]


def _scores(folder: Path, names: Sequence[str], peers: Sequence[str]) -> list[Report]:
    from benchmarks.languages.scores import compared_report, long_report, score

    if unknown := [name for name in peers if name not in (*PEER_NAMES, "none")]:
        raise click.BadParameter(
            f"there is no peer {', '.join(unknown)}. Fix: choose from {', '.join(PEER_NAMES)}, or none",
            param_hint="--peers",
        )
    running, missing = loaded(peers)
    scored = [score(read_set(folder, name), running) for name in names]
    compared = compared_report(scored)
    compared.notes += missing
    return [long_report(scored), compared]


def _show(reports: Sequence[Report], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([report.to_json() for report in reports], ensure_ascii=False, indent=1, allow_nan=False))
        return
    for report in reports:
        report.show(as_json=False)
        click.echo()
