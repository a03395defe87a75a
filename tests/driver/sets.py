"""Tiny sets of models in several languages, each with a vocabulary of its own, that take a second each to train."""

from pathlib import Path

from classifier.commands.console import PlainProgress
from classifier.sections import Section, Sections
from classifier.training.publishing.run import RunOptions, run
from classifier.training.training_settings import TrainingSettings
from tests.helpers import write_jsonl

#: Language -> section -> words that its articles are made of.
WORDS = {
    "en": {
        "sport": "football striker goal league referee penalty coach stadium match season",
        "money": "inflation budget bank interest tax treasury exports market shares bond",
    },
    "th": {
        "กีฬา": "ฟุตบอล กองหน้า ประตู ลีก กรรมการ จุดโทษ โค้ช สนาม การแข่งขัน ฤดูกาล",
        "เศรษฐกิจ": "เงินเฟ้อ งบประมาณ ธนาคาร ดอกเบี้ย ภาษี คลัง ส่งออก ตลาด หุ้น พันธบัตร",
    },
    "id": {
        "olahraga": "sepakbola penyerang gol liga wasit penalti pelatih stadion pertandingan musim",
        "ekonomi": "inflasi anggaran bank bunga pajak kementerian ekspor pasar saham obligasi",
    },
}
_IDS = ("sport", "money")
N_ARTICLES = 32


def text(language: str, section: int, start: int = 0, n: int = 8) -> str:
    """Return a text in the words of a language's first or second section."""
    words = list(WORDS[language].values())[section].split()
    return " ".join(words[(start + 3 * i + i // len(words)) % len(words)] for i in range(n))


def train_set(models: Path, language: str, group: str = "") -> str:
    """Train a set on 32 articles, half of each section, make it live, and return its version."""
    names = list(WORDS[language])
    ids = [f"{group}{id_}" for id_ in _IDS]
    rows: list[dict[str, object]] = [
        {
            "id": f"{language}-{i}",
            "headline": f"{text(language, i % 2, i, 3)} {number_word(i)}",
            "body": f"{text(language, i % 2, i)} {number_word(7 * i)} {number_word(11 * i + 3)}",
            "language": language,
            "sections": [ids[i % 2]],
        }
        for i in range(N_ARTICLES)
    ]
    models.parent.mkdir(parents=True, exist_ok=True)
    data = write_jsonl(models.parent / f"{models.name}-{language}.jsonl", rows)
    sections = Sections([Section(id=id_, name=name) for id_, name in zip(ids, names, strict=True)])
    options = RunOptions(
        data=(data,), sections=sections, models=models, settings=TrainingSettings(min_support=2), jobs=1,
        ignore_checks=True, force=True,
    )  # fmt: skip
    version = run(options, PlainProgress()).version
    data.unlink()
    return version


def number_word(i: int) -> str:
    return "".join(chr(ord("a") + int(digit)) * 2 for digit in f"{i:03}")
