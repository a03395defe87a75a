"""Figures that others published, with their source; each was reached on a split of its own unless it says otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A published figure: F1 or accuracy as a share, the classifier, and the source with its year."""

    micro: float | None
    macro: float | None
    classifier: str
    source: str


#: On the 3,019 test stories of R90, the best first.
R90 = (
    Published(
        0.9074,
        None,
        "BERT-base, fine-tuned, class-balanced loss (CB-NTR)",
        "Huang, Giledereli, Köksal, Özgür and Ozkirimli: Balancing Methods for Multi-label Text Classification with "
        "Long-Tailed Class Distribution, EMNLP 2021",
    ),
    Published(
        0.907,
        None,
        "BERT-large, fine-tuned",
        "Adhikari, Ram, Tang and Lin: DocBERT: BERT for Document Classification, 2019",
    ),
    Published(
        0.899,
        None,
        "MAGNET (BERT embeddings, graph attention)",
        "Pal, Selvakumar and Sankarasubbu: MAGNET: Multi-Label Text Classification using Attention-based Graph Neural "
        "Network, ICAART 2020",
    ),
    Published(
        0.889,
        None,
        "KD-LSTM-reg (distilled from BERT-large)",
        "Adhikari, Ram, Tang and Lin: DocBERT: BERT for Document Classification, 2019",
    ),
)
#: By set. None of them has the same split: they say how far more training texts and larger models get.
NEWS = {
    "ko_ynat": Published(
        None,
        0.8642,
        "KLUE-RoBERTa-large",
        "Park et al.: KLUE, 2021; its own test part, all 45,678 headlines to train on",
    ),
    "zh_thuc": Published(
        0.9223,
        None,
        "fastText with pairs and triples",
        "649453932/Chinese-Text-Classification-Pytorch, README, 2019; the same test part, 180,000 to train on",
    ),
    "mas_eng": Published(
        0.926,
        None,
        "AfroXLMR-large, mean of 16 languages",
        "Adelani et al.: MasakhaNEWS, 2023; its own test parts, whole texts",
    ),
}
