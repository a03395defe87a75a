"""Small things that several tests need: articles to learn from, pages as the web gives them, running commands."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

#: A page as a browser's text dump gives it, written for these tests: labels run together, story, comment form.
PAGE = """TerrorismPartnershipsSoutheast Asia

Two navies, one mangrove: how patrols closed the Sulu ferry route to kidnappers

By a correspondent in Sandakan

Malaysian and Philippine crews now board every pump boat that crosses the Sibutu passage after dark, the end of a
year in which Abu Sayyaf gunmen took eleven sailors from tugs and held them for ransom in the hills of Jolo.

The two commands share a radio channel, a list of suspects and a duty officer in each other's operations room.
Joint training off Tawi-Tawi in June rehearsed a boarding against armed militants, with instructors from both
marine corps.

Officers say the extremists have not vanished: a bomb was found under a jetty in Semporna last month, and
counterterrorism police arrested two recruiters there.

Comment Here

Your email address will not be published. Required fields are marked *

Related Articles

A title of some other story

Back to top button"""

_RIVER = (
    "The river authority opened the sluice gates at dawn as flood water from the monsoon reached the dykes near "
    "{place}. Army engineers carried {n} families to a relief camp on high ground, and the cyclone warning stays "
    "in force. Forecasters at {place} expect more rain and a landslide risk on the slopes, district officer "
    "{name} reported."
)
_DRONE = (
    "Engineers at the proving ground near {place} flew a swarm of {n} drones guided by an onboard processor. The "
    "laboratory said the algorithm recognised targets without a satellite link, and a quantum sensor replaced its "
    "compass. Colonel {name} called the semiconductor at its heart the real advance."
)
_PARK = (
    "The municipal orchestra of {place} gave {n} concerts in the park this summer, and conductor {name} retires "
    "in the autumn. Bakers sold plum cake, the brass section played waltzes, and the mayor promised new benches "
    "beside the rose garden."
)
_KINDS = {"climate-and-disasters": _RIVER, "technology": _DRONE, "": _PARK}
_PLACES = [
    "Alderney",
    "Brisco",
    "Carrow",
    "Denholm",
    "Esker",
    "Fallow",
    "Garrick",
    "Hollin",
    "Inver",
    "Jarrow",
    "Kelso",
]
_NAMES = ["Adeyo", "Bralek", "Cournot", "Dasgin", "Elmore", "Farrukh", "Gunsan", "Hollis", "Ibarra", "Jutta", "Kovan"]


def small_corpus(n: int = 36) -> list[dict[str, object]]:
    """Return ``n`` short articles, a third each with two sections and with none: enough to run, not to be judged by."""
    kinds = list(_KINDS.items())
    rows: list[dict[str, object]] = []
    for i in range(n):
        label, text = kinds[i % len(kinds)]
        place, name = _PLACES[i % 11], _NAMES[(i * 5 + i // 11) % 11]
        unique = " ".join(_word(60 * i + k) for k in range(60))  # keeps the articles from being near-duplicates
        rows.append(
            {
                "id": f"a{i}",
                "headline": f"{place} report {i}",
                "body": f"{text.format(place=place, name=name, n=i + 3)} {unique}",
                "published": f"20{14 + i % 12}-03-{1 + i % 28:02}",
                "sections": [label] if label else [],
            }
        )
    return rows


def _word(number: int) -> str:
    """Return a word of letters for a number: digits would be folded into one."""
    return "x" + "".join(chr(ord("a") + int(digit)) for digit in str(number))


def unspaced_corpus(n: int) -> list[dict[str, object]]:
    """Return ``n`` articles in two sections, in a script without spaces: each is one term that no other has."""
    return [
        {
            "id": f"u{i}",
            "body": "".join(chr(0x4E00 + 60 * i + k) for k in range(60)),
            "sections": [("technology", "oceania")[i % 2]],
        }
        for i in range(n)
    ]


def write_jsonl(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run_python(*args: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a script or module of the project from its root and return what it printed."""
    return subprocess.run(
        [sys.executable, *map(str, args)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, **options
    )


def environment(**more: str) -> dict[str, str]:
    """The environment without settings of Copydesk, so that a developer's own do not leak into tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")} | more
