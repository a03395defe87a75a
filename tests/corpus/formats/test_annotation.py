import json

import pytest


def choice(*labels, **more):
    result = [{"type": "choices", "from_name": "desk", "to_name": "text", "value": {"choices": list(labels)}}]
    return {"id": 7, "result": result, "was_cancelled": False, **more}


def task(number, *annotations, **data):
    return {"id": number, "annotations": list(annotations), "data": {"text": f"Story {number}.", **data}}


TASKS = [
    task(1, choice("Sport", "Politics")),
    task(2, choice("Sport", was_cancelled=True)),
    task(3),
    task(4, {"id": 9, "result": [], "was_cancelled": False}),
    task(5, choice("Sport"), choice("Sport", "Politics"), choice("Sport"), title="A headline"),
    task(6, choice("Sport"), choice("Politics", ground_truth=True)),
    task(7, {"result": [{"type": "taxonomy", "value": {"taxonomy": [["World", "South Asia"]]}}]}),
]


@pytest.mark.parametrize("as_lines", [False, True])
def test_tasks_of_label_studio_are_read_and_cancelled_ones_counted(read, found, as_lines):
    source = "\n".join(map(json.dumps, TASKS)) if as_lines else json.dumps(TASKS)
    corpus = read("export.jsonl" if as_lines else "export.json", source)
    assert found(corpus) == [
        ("1", "Story 1.", ["politics", "sport"]),
        ("4", "Story 4.", []),
        ("5", "A headline\n\nStory 5.", ["sport"]),
        ("6", "Story 6.", ["politics"]),
        ("7", "Story 7.", ["south-asia"]),
    ]
    assert corpus.left_out == {
        "tasks of Label Studio whose annotations were all cancelled": 1,
        "tasks of Label Studio without an annotation": 1,
    }


def test_annotations_that_are_not_read_beside_others_of_the_same_task_are_counted(read, found):
    rating = {"result": [{"type": "rating", "value": {"rating": 4}}]}
    cancelled = choice("Politics", was_cancelled=True)
    tasks = [
        task(1, choice("Sport"), cancelled, cancelled),
        task(2, rating, cancelled, choice("Sport")),
        task(3, cancelled),
    ]
    corpus = read("export.json", json.dumps(tasks))
    assert found(corpus) == [("1", "Story 1.", ["sport"]), ("2", "Story 2.", ["sport"])]
    assert [note.message for note in corpus.file_notes] == [
        "left out (3): cancelled annotations of Label Studio, next to others of the text",
        "left out (1): annotations of Label Studio with neither choices nor taxonomies, next to others of the text",
    ]
    assert corpus.left_out == {"tasks of Label Studio whose annotations were all cancelled": 1}
    assert read("all.json", json.dumps([task(1, choice("Sport"))])).file_notes == []


def test_the_text_of_a_task_is_found_by_its_name_or_its_length(read, found):
    tasks = [task(1, choice("Sport"), text="", headline="A headline", article="The story.")]
    tasks.append(
        {"id": 2, "annotations": [choice("Sport")], "data": {"url": "https://x.example/2", "zz": "The story."}}
    )
    assert found(read("export.json", json.dumps(tasks))) == [
        ("1", "A headline\n\nThe story.", ["sport"]),
        ("2", "The story.", ["sport"]),
    ]


def test_annotations_of_another_kind_do_not_mean_that_no_section_applies(read):
    rating = {"result": [{"type": "rating", "value": {"rating": 4}}]}
    corpus = read("export.json", json.dumps([task(1, rating), task(2, choice("Sport"))]))
    assert len(corpus.articles) == 1
    assert corpus.left_out == {"tasks of Label Studio whose annotations have neither choices nor taxonomies": 1}


def test_tasks_that_mark_parts_of_a_text_are_refused_with_the_reason(read):
    spans = {"result": [{"type": "labels", "value": {"start": 0, "end": 5, "text": "Story", "labels": ["PER"]}}]}
    corpus = read("export.json", json.dumps([task(1, spans), task(2, choice("Sport"))]))
    assert "marks parts of a text" in str(corpus.rejects[0])
    assert len(corpus.articles) == 1


AFTER = {"annotator": 1, "annotation_id": 3, "created_at": "2026-01-02T03:04:05Z", "updated_at": "x", "lead_time": 2.5}


def test_the_short_form_of_label_studio_is_read_whatever_its_labels_are_called(read, found):
    rows = [
        {"text": "One story.", "id": 1, "desk": "Sport", **AFTER},
        {"text": "Two stories.", "id": 2, "desk": {"choices": ["Sport", "Politics"]}, **AFTER},
        {"text": "Two stories.", "id": 2, "desk": "Politics", **AFTER},
        {"text": "Three stories.", "id": 3, **AFTER},
    ]
    corpus = read("export.json", json.dumps(rows))
    assert found(corpus) == [
        ("1", "One story.", ["sport"]),
        ("2", "Two stories.", ["politics", "sport"]),
        ("3", "Three stories.", []),
    ]
    assert corpus.left_out == {"further annotations of the same text": 1}


OPTIONS = [{"id": 1, "text": "Sport"}, {"id": 2, "text": "South Asia"}]


def prodigy(text, **more):
    return {"text": text, "_input_hash": 5, "_task_hash": 6, "_view_id": "choice", **more}


def test_prodigy_is_read_with_its_answers(read, found):
    rows = [
        prodigy(
            "One.", options=OPTIONS, accept=["sport", "politics"], answer="accept", meta={"id": "a1", "score": 0.4}
        ),
        prodigy("Two.", options=OPTIONS, accept=[2], answer="accept"),
        prodigy("Three.", options=OPTIONS, accept=[], answer="ignore"),
        prodigy("Four.", options=OPTIONS, accept=["sport"], answer="reject"),
        prodigy("Five.", label="SPORT", answer="accept", _view_id="classification"),
        prodigy("Six.", options=OPTIONS, accept=[], answer="accept"),
    ]
    corpus = read("answers.jsonl", "\n".join(map(json.dumps, rows)))
    assert found(corpus) == [
        ("a1", "One.", ["politics", "sport"]),
        (None, "Two.", ["south-asia"]),
        (None, "Five.", ["sport"]),
        (None, "Six.", []),
    ]
    assert sorted(corpus.left_out.values()) == [1, 1]
    assert any("ignored" in what for what in corpus.left_out)


def test_argilla_2_is_read_and_discarded_responses_are_not(read, found):
    def record(number, *answers, **more):
        responses = {"desk": [{"value": value, "user_id": user, "status": status} for value, user, status in answers]}
        return {
            "id": f"r{number}",
            "fields": {"title": "T", "text": f"Story {number}."},
            "responses": responses,
            **more,
        }

    rows = [
        record(1, ("sport", "u1", "submitted"), ("sport", "u2", "submitted"), ("politics", "u3", "submitted")),
        record(2, (["sport", "politics"], "u1", "submitted"), ("sport", "u2", "draft")),
        record(3, ("sport", "u1", "discarded")),
        record(4, suggestions={"desk": {"value": "sport"}}),
    ]
    corpus = read("records.json", json.dumps(rows))
    assert found(corpus) == [("r1", "T\n\nStory 1.", ["sport"]), ("r2", "T\n\nStory 2.", ["politics", "sport"])]
    assert corpus.left_out == {"records of Argilla without a submitted response": 2}
    (note,) = corpus.file_notes
    assert note.message == "left out (1): responses of Argilla that were not submitted, next to others of the text"


def test_argilla_1_is_read(read, found):
    rows = [
        {"text": "One.", "inputs": {"text": "One."}, "prediction": None, "annotation": "sport", "status": "Validated"},
        {"text": "Two.", "inputs": {"text": "Two."}, "annotation": ["sport", "politics"], "id": "u-2"},
        {"text": "Three.", "inputs": {"text": "Three."}, "prediction": [["sport", 0.9]], "annotation": None},
        {"text": "Four.", "inputs": {"text": "Four."}, "annotation": "sport", "status": "Discarded"},
    ]
    corpus = read("records.jsonl", "\n".join(map(json.dumps, rows)))
    assert found(corpus) == [(None, "One.", ["sport"]), ("u-2", "Two.", ["politics", "sport"])]
    assert corpus.left_out.total() == 2


def test_cats_of_spacy_are_read(read, found):
    rows = [
        {"text": "One.", "cats": {"SPORT": 1.0, "POLITICS": 0.0}, "meta": {"id": "m1"}},
        {"text": "Two.", "cats": {"SPORT": 0, "POLITICS": 0}},
        {"text": "Three.", "cats": None},
    ]
    corpus = read("cats.jsonl", "\n".join(map(json.dumps, rows)))
    assert found(corpus) == [("m1", "One.", ["sport"]), (None, "Two.", [])]
    assert corpus.left_out == {"texts of spaCy without cats": 1}


@pytest.mark.parametrize("as_lines", [False, True])
def test_doccano_is_read(read, found, as_lines):
    rows = [
        {"id": 1, "text": "One.", "label": ["sport", "politics"], "Comments": []},
        {"id": 2, "text": "Two.", "label": [], "Comments": ["?"], "meta": {"url": "https://news.example/2"}},
    ]
    source = "\n".join(map(json.dumps, rows)) if as_lines else json.dumps(rows)
    assert found(read("all.jsonl" if as_lines else "all.json", source)) == [
        ("1", "One.", ["politics", "sport"]),
        ("2", "Two.", []),
    ]


def test_labels_of_doccano_in_csv_are_joined_by_a_hash(read, found):
    corpus = read("all.csv", "id,text,label,Comments\n1,One.,sport#politics,\n2,Two.,sport,\n")
    assert found(corpus) == [("1", "One.", ["politics", "sport"]), ("2", "Two.", ["sport"])]


def test_spans_of_doccano_are_refused_with_the_reason(read):
    corpus = read("all.jsonl", json.dumps({"id": 1, "text": "One two.", "label": [[0, 3, "PER"]], "Comments": []}))
    assert "not an annotation of doccano that labels a whole text" in str(corpus.rejects[0])


def test_a_format_can_be_named(read, found):
    source = json.dumps({"text": "One.", "label": "sport", "answer": "accept"})
    assert found(read("answers.jsonl", source, format="prodigy")) == [(None, "One.", ["sport"])]


def test_an_unknown_name_of_a_format_lists_those_that_there_are(read):
    from classifier.errors import CorpusError

    with pytest.raises(CorpusError, match=r"no format is called “labelstudio”.*label-studio, "):
        read("x.json", "[]", format="labelstudio")
