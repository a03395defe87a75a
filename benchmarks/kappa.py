"""How far two readers agree on labels: Cohen's kappa of blind labels against the corpus's own, by section."""

import json
from pathlib import Path

import click
import numpy as np
from sklearn.metrics import cohen_kappa_score

from benchmarks.report import json_option
from classifier.commands.tables import print_table
from classifier.sections import Sections


@click.command()
@click.argument("blind", type=click.Path(exists=True, path_type=Path), default=Path("training_data/blind_labels.jsonl"))
@click.option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    default=Path("training_data/articles"),
    show_default=True,
    help="The corpus as it is now.",
)
@click.option(
    "--sections",
    type=click.Path(exists=True, path_type=Path),
    default=Path("training_data/sections.toml"),
    show_default=True,
    help="Its vocabulary.",
)
@click.option(
    "--against",
    type=click.Choice(["first", "settled"]),
    default="first",
    show_default=True,
    help="The labels to compare with: those of the writers, or those of the corpus.",
)
@json_option
def kappa(blind: Path, data: Path, sections: Path, against: str, as_json: bool) -> None:
    """Compare blind labels with the writers' (first), or with those of the corpus as it is now (settled).

    BLIND: the blind labels.  [default: training_data/blind_labels.jsonl]
    """
    ids = [section.id for section in Sections.load(sections).active]
    rows = [json.loads(line) for line in blind.read_text(encoding="utf-8").splitlines()]
    if against == "settled":
        settled = {
            row["id"]: row["sections"]
            for file in sorted(data.glob("*.jsonl"))
            for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())
        }
        rows = [{**row, "writer": settled[row["id"]]} for row in rows]
    theirs = np.array([[section in row["blind"] for section in ids] for row in rows])
    ours = np.array([[section in row["writer"] for section in ids] for row in rows])
    found = {section: _agreement(theirs[:, s], ours[:, s]) for s, section in enumerate(ids)}
    found["all labels"] = _agreement(theirs.ravel(), ours.ravel())
    found["no section"] = _agreement(~theirs.any(axis=1), ~ours.any(axis=1))
    if as_json:
        click.echo(
            json.dumps({"articles": len(rows), "against": against, "agreement": found}, indent=1, allow_nan=False)
        )
        return
    table = [
        (name, f"{a['kappa']:.3f}", str(a["both"]), str(a["blind_only"]), str(a["writer_only"]))
        for name, a in found.items()
    ]
    print_table(("section", "kappa", "both", "blind reader only", "writer only"), table)
    click.echo(f"{len(rows)} articles; the same set of labels on {int((theirs == ours).all(axis=1).sum())} of them")


def _agreement(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    return {
        "kappa": float(cohen_kappa_score(one, other)),
        "both": int((one & other).sum()),
        "blind_only": int((one & ~other).sum()),
        "writer_only": int((~one & other).sum()),
    }
