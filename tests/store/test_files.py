import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from classifier.article import Article
from classifier.errors import DamagedModelError, MissingModelFileError, ModelError, NoModelError, UnknownFormatError
from classifier.request import Choice
from classifier.store.files import UNFINISHED_PREFIX, read_model, write_model
from classifier.store.manifest import FORMAT, FORMATS, content_digest, file_digest
from classifier.store.probe import load_probed
from classifier.store.registry import Registry
from classifier.tagger import Tagger
from classifier.terms.fingerprints import FingerprintTable
from tests.helpers import run_python

ARRAYS = ["weights.npy", "intercepts.npy", "idf.npy", "table.npy"]
DOCUMENTS = ["outoffold.jsonl", "reading.json", "reliability.json", "report.html", "model-card.md", "suspects.json"]
FILES = ["manifest.json", *ARRAYS, "terms.txt", "evaluation.json", *DOCUMENTS]


@pytest.fixture
def copy(starter_models, tmp_path):
    """A copy of the folder of models, to damage."""
    shutil.copytree(starter_models, tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def folder(copy):
    return Registry(copy).folder()


def test_a_model_that_was_written_can_be_read(folder, starter):
    model = read_model(folder)
    trained = starter[1].trained
    number_of = {term: number for number, term in enumerate(model.arrays.terms)}
    order = [number_of[term] for term in trained.terms]
    assert sorted(order) == list(range(len(model.arrays.terms)))
    assert np.array_equal(model.arrays.weights[order], trained.model.weights.astype(np.float32))
    assert np.array_equal(model.arrays.idf[order], trained.model.tfidf.idf)


def test_terms_of_more_articles_come_first(folder):
    assert np.all(np.diff(read_model(folder).arrays.idf) >= 0)


def test_a_model_is_data_only(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    for path in folder.glob("*.npy"):
        np.load(path, allow_pickle=False)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(MissingModelFileError, match=name):
        read_model(folder)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_truncated_file_is_named(folder, name):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-1])
    with pytest.raises(DamagedModelError, match=name):
        read_model(folder)


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("where", [0, 0.5, 1])
def test_a_single_altered_bit_is_noticed(folder, name, where):
    data = bytearray((folder / name).read_bytes())
    data[int(where * (len(data) - 1))] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(DamagedModelError, match=name):
        read_model(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["trained"][0].update(suggest=0.01),
        lambda m: m["trained"][0].update(slope=-1),
        lambda m: m["files"].pop("idf.npy"),
        lambda m: m["files"].update({"../../etc/passwd": "0"}),
        lambda m: m.pop("language"),
        lambda m: m.update(surprise=1),
    ],
)
def test_an_altered_manifest_is_noticed(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    with pytest.raises(DamagedModelError, match=r"manifest\.json"):
        read_model(folder)


def test_a_manifest_with_an_empty_alias_is_refused_and_the_section_named(folder):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["trained"][0]["section"]["aliases"] = [""]
    path.write_text(json.dumps(manifest))
    with pytest.raises(DamagedModelError, match=rf"alias of {manifest['trained'][0]['section']['id']} is empty"):
        read_model(folder)


def _out_of_range(entries):
    entries[np.flatnonzero(entries)[0]] |= np.uint64(0xFFFFF)


def _twice(entries):
    taken = np.flatnonzero(entries)
    entries[taken[0]] = entries[taken[1]]


def _no_number(entries):
    entries[np.flatnonzero(entries)[0]] = np.uint64(1 << 63)


def _full(entries):
    entries[:] = entries[entries != 0][0]


def _emptied(entries):
    entries[np.flatnonzero(entries)[0]] = 0


@pytest.mark.parametrize("change", [_out_of_range, _twice, _no_number, _full, _emptied])
def test_a_table_that_would_lead_the_kernel_astray_is_refused_though_its_digest_is_right(copy, change):
    """Compiled code follows the table without looking: a made-up model must not make it read beyond the arrays."""
    model = read_model(Registry(copy).folder())
    table = FingerprintTable(0, model.arrays.table.entries.copy())
    change(table.entries)
    fields = model.manifest.model_dump(exclude={"format", "version", "created", "files"})
    version = write_model(copy, fields, replace(model.arrays, table=table), {})
    with pytest.raises(DamagedModelError, match=r"table\.npy: .*slots"):
        read_model(copy / version)


def test_words_are_read_when_they_are_looked_at(folder):
    model = read_model(folder)
    tagger = Tagger(model)
    (folder / "terms.txt").unlink()
    assert tagger.tag(Article(body="border clash"), Choice(explain=True)).outcome != "no_known_terms"
    assert len(model.arrays.terms) == len(model.arrays.idf)
    with pytest.raises(ModelError, match=r"terms\.txt cannot be read"):
        model.arrays.terms[0]


@pytest.mark.parametrize("source", ["", "{}", "[]", "nonsense", f'{{"format": {FORMAT}}}', "[" * 100_000])
def test_a_manifest_that_is_none_is_refused(folder, source):
    (folder / "manifest.json").write_text(source)
    with pytest.raises(DamagedModelError):
        read_model(folder)


@pytest.mark.parametrize("number", [FORMAT - 1, max(FORMATS) + 1, 0, str(FORMAT), None, float(FORMAT)])
def test_an_unknown_format_says_which_and_what_to_do(folder, number):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": number}))
    with pytest.raises(UnknownFormatError, match="train again with this version"):
        read_model(folder)


def test_each_fault_has_its_own_title():
    kinds = [DamagedModelError, MissingModelFileError, UnknownFormatError, NoModelError, ModelError]
    assert len({kind.title for kind in kinds}) == len(kinds)


def test_reading_never_unpickles(folder, monkeypatch):
    import pickle

    def refuse(*args, **kwargs):
        raise AssertionError("unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    assert len(read_model(folder).arrays.terms) > 1_000


def test_a_crash_while_writing_leaves_nothing(copy, starter, monkeypatch):
    from classifier.store import files

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "flush_to_disk", fail)
    model = read_model(Registry(copy).folder())
    fields = model.manifest.model_dump(exclude={"format", "version", "created", "files"})
    before = sorted(copy.iterdir())
    with pytest.raises(ModelError, match="No space left"):
        files.write_model(copy, fields, model.arrays, {})
    assert sorted(copy.iterdir()) == before
    assert not list(copy.glob(f"{UNFINISHED_PREFIX}*"))


def test_the_same_content_gets_the_same_digest(copy):
    model = read_model(Registry(copy).folder())
    fields = model.manifest.model_dump(exclude={"format", "version", "created", "files"})
    evaluation = json.loads((Registry(copy).folder() / "evaluation.json").read_text())
    documents = {name: (Registry(copy).folder() / name).read_text("utf-8") for name in DOCUMENTS}
    documents["report.html"] += "<!-- what a report says of the model before it does not name a version -->"
    again = write_model(copy, fields, model.arrays, evaluation, documents)
    assert again.split("-")[1] == model.manifest.version.split("-")[1]
    assert Tagger.load(copy, again).version == again


def rewritten(models, **changes):
    """Write the current model again with other arrays, as a version whose digests are right."""
    model = read_model(Registry(models).folder())
    fields = model.manifest.model_dump(exclude={"format", "version", "created", "files"})
    return models / write_model(models, fields, replace(model.arrays, **changes), {})


def resealed(folder, change):
    """Change a manifest and give it, and its folder, the version that its content asks for."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    change(manifest)
    content = {name: value for name, value in manifest.items() if name not in ("version", "created")}
    not_content = ("report.html", "model-card.md", "reading.json", "suspects.json")
    content["files"] = {name: digest for name, digest in manifest["files"].items() if name not in not_content}
    version = f"20990101T000000Z-{content_digest(content)[:8]}"
    (folder / "manifest.json").write_text(json.dumps(manifest | {"version": version}), "utf-8")
    return folder.rename(folder.parent / version)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["weights", "intercepts", "idf"])
def test_a_value_that_is_not_finite_is_refused_though_its_digest_is_right(copy, name, value):
    values = np.array(getattr(read_model(Registry(copy).folder()).arrays, name))
    values.flat[7] = value
    with pytest.raises(DamagedModelError, match=rf"{name}\.npy contains infinite or invalid numbers. Fix: restore"):
        read_model(rewritten(copy, **{name: values}))


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_an_idf_that_is_not_positive_is_refused(copy, value):
    idf = np.array(read_model(Registry(copy).folder()).arrays.idf)
    idf[-1] = value
    with pytest.raises(DamagedModelError, match=r"idf\.npy contains numbers that are not positive"):
        read_model(rewritten(copy, idf=idf))


def test_a_manifest_that_is_resealed_without_a_change_is_read(folder):
    assert len(read_model(resealed(folder, lambda m: None)).arrays.terms) > 1_000


def with_rules(manifest, lengths, n_rules=None, **changes):
    """Give each section a rule for each of some lengths."""
    rule = {"slope": 2.0, "offset": -1.0, "suggest": 0.5, "apply": None} | changes
    manifest["lengths"] = lengths
    for entry in manifest["trained"]:
        entry["shorter"] = [rule] * (len(lengths) if n_rules is None else n_rules)


def test_a_manifest_with_rules_by_length_is_read_and_one_without_stays_as_it_was_written(folder):
    changed = read_model(resealed(folder, lambda m: with_rules(m, [30, 60])))
    assert changed.manifest.lengths == (30, 60)
    assert [rule.slope for rule in changed.manifest.trained[0].shorter] == [2.0, 2.0]
    without = changed.manifest.model_copy(update={"lengths": ()}).model_dump()
    assert "lengths" not in without
    assert "shorter" not in changed.manifest.trained[0].model_copy(update={"shorter": ()}).model_dump()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda m: m["trained"][0].update(suggest=0.9, apply=0.8),
            "the threshold “apply” of {} is below its threshold “suggest”",
        ),
        (lambda m: m["trained"][0].update(suggest=1.5), "suggest: must be less than or equal to 1"),
        (lambda m: m["trained"][0].update(support=-1), "support: must be greater than or equal to 0"),
        (lambda m: m["trained"][1]["section"].update(id=m["trained"][0]["section"]["id"]), "{} is listed twice"),
        (lambda m: m.update(min_tags=3, max_tags=2), "max_tags is below min_tags"),
        (lambda m: with_rules(m, [30, 30]), "lengths must be in ascending order"),
        (lambda m: with_rules(m, [60, 30]), "lengths must be in ascending order"),
        (lambda m: with_rules(m, [0]), "lengths.0: must be greater than or equal to 1"),
        (lambda m: with_rules(m, [10_001]), "lengths.0: must be less than or equal to 10000"),
        (lambda m: with_rules(m, [30, 60], 1), "{} has 1 shorter rules for 2 lengths"),
        (lambda m: with_rules(m, [], 1), "{} has 1 shorter rules for 0 lengths"),
        (lambda m: with_rules(m, [30], slope=0), "shorter.0.slope: must be greater than 0"),
        (lambda m: with_rules(m, [30], suggest=0.9, apply=0.8), "the threshold “apply” of {} is below its threshold"),
        (lambda m: m.update(language="EN"), "language: "),
        (lambda m: m.update(language=""), "language: "),
        (lambda m: m.update(created="\x1b[31mtoday"), "created: "),
        (lambda m: m.update(n_articles=-1), "n_articles: "),
        (lambda m: m["trained"][0]["section"].update(name="Sp\x1bort"), "of {} has a control character"),
        (
            lambda m: m["trained"][1]["section"].update(name=m["trained"][0]["section"]["id"].upper()),
            "stands for both {} and",
        ),
        (
            lambda m: m["trained"][0]["section"].update(replaced_by="nobody"),
            "{}: replaced_by must name an active section, not “nobody”",
        ),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused_in_a_sentence(folder, change, words):
    first = json.loads((folder / "manifest.json").read_text("utf-8"))["trained"][0]["section"]["id"]
    with pytest.raises(DamagedModelError, match=r"manifest\.json is damaged") as refused:
        read_model(resealed(folder, change))
    assert words.format(first) in str(refused.value)
    assert "restore the folder from a backup" in str(refused.value)


def test_a_folder_that_does_not_have_the_name_of_its_version_is_refused(folder):
    renamed = folder.rename(folder.parent / "20990101T000000Z-00000000")
    with pytest.raises(DamagedModelError, match=rf"belongs to version {folder.name}, .* rename the folder"):
        read_model(renamed)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY"])
def test_an_array_that_is_none_is_refused_though_its_digest_is_right(folder, content):
    (folder / "idf.npy").write_bytes(content)
    changed = resealed(folder, lambda m: m["files"].update({"idf.npy": file_digest(folder / "idf.npy")}))
    with pytest.raises(DamagedModelError, match=r"idf\.npy is not a NumPy array"):
        read_model(changed)


def test_an_archive_of_arrays_is_not_an_array(folder):
    with (folder / "idf.npy").open("wb") as file:
        np.savez(file, np.ones(3))
    changed = resealed(folder, lambda m: m["files"].update({"idf.npy": file_digest(folder / "idf.npy")}))
    with pytest.raises(DamagedModelError, match=r"idf\.npy is not a NumPy array"):
        read_model(changed)


def test_terms_that_are_not_utf8_are_refused_though_their_digest_is_right(folder):
    content = (folder / "terms.txt").read_bytes()
    (folder / "terms.txt").write_bytes(b"\xff" + content[1:])
    changed = resealed(folder, lambda m: m["files"].update({"terms.txt": file_digest(folder / "terms.txt")}))
    with pytest.raises(DamagedModelError, match=r"terms\.txt is not UTF-8. Fix: "):
        load_probed(changed)


@pytest.mark.parametrize("value", [1e-320, 1e300])
def test_an_idf_whose_square_vanishes_or_overflows_is_refused(copy, value):
    idf = read_model(Registry(copy).folder()).arrays.idf.copy()
    idf[-1] = value
    with pytest.raises(DamagedModelError, match=r"idf\.npy contains numbers that are not between 1e-09 and 1e\+09"):
        read_model(rewritten(copy, idf=np.sort(idf)))


def test_weights_that_could_overflow_for_some_text_are_refused(copy):
    """A word that the probe does not have would make the logit infinite."""
    model = read_model(Registry(copy).folder())
    weights = model.arrays.weights.copy()
    weights[-1, 0] = 1e38
    slopes = [entry.model_dump() | {"slope": 1e270} for entry in model.manifest.trained]
    fields = model.manifest.model_dump(exclude={"format", "version", "created", "files"}) | {"trained": slopes}
    version = write_model(copy, fields, replace(model.arrays, weights=weights), {})
    with pytest.raises(DamagedModelError, match="gives no valid score for"):
        load_probed(copy / version)


@pytest.mark.parametrize("micro_f1", ["NaN", "Infinity", "1" + "0" * 400])
def test_a_quality_that_is_no_finite_number_is_left_out_of_the_list(folder, micro_f1):
    (folder / "evaluation.json").write_text('{"out_of_fold": {"micro": {"f1": %s}}}' % micro_f1)  # noqa: UP031 - braces
    done = run_python("-m", "classifier", "models", "--json", "--models", folder.parent)
    assert done.returncode == 0, done.stderr
    (listed,) = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert listed["micro_f1"] is None
