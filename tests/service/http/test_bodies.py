"""Bodies as programs really send them: the wrong Content-Type, other charsets, gzip, half an emoji, numbers as ids."""

import gzip
import json

import pytest

from classifier.service.app import create_app
from classifier.settings import Settings

TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh."
ARTICLE = {"id": "a-1", "headline": "Border clash", "body": TEXT, "rejected": ["conflicts"]}
LIMIT = 100_000


@pytest.fixture(scope="module")
def client(starter_models):
    given = {"models": starter_models, "keys": starter_models / "none", "max_request_bytes": LIMIT}
    return create_app(Settings.load(given, {}, starter_models / "none")).test_client()


def send(client, data, kind, path="/v1/tags", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, data=data, headers=headers | ({"Content-Type": kind} if kind else {}))


def detail(answer, status):
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    return answer.get_json(force=True)["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "text/plain;charset=UTF-8", "text/html", "text/json", "", "image/png"])
@pytest.mark.parametrize("before", ["", "\ufeff", " \n" * 100])
@pytest.mark.parametrize("path", ["/v1/tags", "/v1/tags/text"])
def test_json_under_another_content_type_is_refused_with_the_reason(client, kind, before, path):
    if path == "/v1/tags/text" and not kind.startswith("text/p"):
        pytest.skip("it reads texts only")
    for sent in (ARTICLE, [ARTICLE], {"body": "caf\ud83d"}):
        said = detail(send(client, (before + json.dumps(sent)).encode(), kind, path), 415)
        assert said.startswith("the body is JSON, but")
        assert said.endswith("Fix: send it as application/json")


@pytest.mark.parametrize("path", ["/v1/tags", "/v1/tags/batch", "/v1/feedback", "/v1/systemone"])
def test_a_body_that_is_too_large_is_told_the_number_of_bytes(client, path):
    sent = json.dumps({"body": "a" * LIMIT}).encode()
    for data, coding in ((sent, "identity"), (gzip.compress(sent), "gzip")):
        said = detail(send(client, data, "application/json", path, Content_Encoding=coding), 413)
        assert "100,000 bytes (setting max_request_bytes). Fix: " in said


def test_json_that_says_a_field_twice_or_comes_as_a_form_is_json_too(client):
    assert "is JSON, but" in detail(send(client, b'{"body": "a", "body": "b"}', "text/plain"), 415)
    form = "application/x-www-form-urlencoded"
    assert "is JSON, but" in detail(send(client, json.dumps(ARTICLE).encode(), form), 415)
    assert f"the Content-Type “{form}”" in detail(send(client, b"body=Ladakh", form), 415)


@pytest.mark.parametrize(
    "text",
    ["{" + TEXT, "[Update] " + TEXT, "{} " + TEXT, '{"a"} ' + TEXT, "[1] " + TEXT, '["a", "b"]', "{" * 300, '"x"'],
)
def test_a_text_that_begins_like_json_is_a_text(client, text):
    answer = send(client, text.encode(), "text/plain")
    assert answer.status_code == 200
    assert answer.get_json() == client.post("/v1/tags", json={"body": text}).get_json()


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("windows-1252", "cp1252"),
        ("ISO-8859-1", "cp1252"),  # as browsers read it
        ('"iso-8859-15"', "iso8859-15"),
        ("utf-16le", "utf-16-le"),
        ("utf-16", "utf-16"),
        ("UTF8", "utf-8"),
        ("us-ascii", "utf-8"),
        ("macintosh", "mac-roman"),
    ],
)
def test_a_text_is_decoded_from_the_charset_that_is_named(client, charset, codec):
    text = "Señor São – " + TEXT if codec not in ("iso8859-15",) else "Señor São € " + TEXT
    answer = send(client, text.encode(codec), f"text/plain; charset={charset}", "/v1/tags?explain=true").get_json()
    assert answer["text"] == text
    assert answer == client.post("/v1/tags?explain=true", json={"body": text}).get_json()


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("iso-2022-jp", "iso2022_jp", "国境で衝突 Ladakh"),
        ("Shift_JIS", "cp932", "国境で衝突①"),
        ("gb2312", "gb18030", "边境冲突 镕"),
        ("big5", "big5", "邊境衝突"),
        ("euc-kr", "cp949", "국경 충돌 똠"),
        ("koi8-r", "koi8_r", "Столкновение"),
        ("windows-1251", "cp1251", "Столкновение – «граница»"),
    ],
)
def test_other_scripts_come_in_their_charsets(client, charset, codec, text):
    answer = send(client, text.encode(codec), f"text/html; charset={charset}", "/v1/tags/text?explain=true")
    assert answer.get_json()["text"] == text


@pytest.mark.parametrize(
    "charset",
    ["klingon", "base64", "rot13", "unicode_escape", "idna", "utf-7", "zip", "../x", "aliases", "x" * 500],
)
def test_an_unknown_charset_is_refused_by_name(client, charset):
    said = detail(send(client, TEXT.encode(), f"text/plain; charset={charset}"), 415)
    assert "Fix: send the text as UTF-8" in said
    assert len(said) < 250


def test_a_text_that_is_not_in_its_charset_is_told_where(client):
    assert "not UTF-8 at byte 3" in detail(send(client, b"caf\xe9", "text/plain"), 400)
    assert "charset=windows-1252" in detail(send(client, b"caf\xe9", "text/html"), 400)
    assert "not utf-16le at byte" in detail(send(client, b"abc", "text/plain; charset=utf-16le"), 400)


def test_a_byte_order_mark_is_passed_over(client):
    plain = client.post("/v1/tags", json=ARTICLE).get_json()
    assert send(client, b"\xef\xbb\xbf" + json.dumps(ARTICLE).encode(), "application/json").get_json() == plain
    answer = send(client, ("\ufeff" + TEXT).encode(), "text/plain", "/v1/tags?explain=true")
    assert answer.get_json()["text"] == TEXT


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
@pytest.mark.parametrize("path", ["/v1/tags", "/v1/tags/batch", "/v1/feedback"])
def test_gzip_is_unpacked(client, coding, path):
    sent = {
        "/v1/tags": ARTICLE,
        "/v1/tags/batch": {"articles": [ARTICLE]},
        "/v1/feedback": {"article": "a", "revision": "1", "headline": 5},
    }[path]
    packed = send(client, gzip.compress(json.dumps(sent).encode()), "application/json", path, Content_Encoding=coding)
    plain = client.post(path, json=sent)
    assert (packed.status_code, packed.get_json(force=True)) == (plain.status_code, plain.get_json(force=True))


def test_what_is_unpacked_counts_for_the_limit(client):
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < LIMIT
    assert "limit" in detail(send(client, bomb, "application/json", Content_Encoding="gzip"), 413)
    fits = json.dumps({"body": "a " * (LIMIT // 2 - 10)}).encode()
    assert send(client, gzip.compress(fits), "application/json", Content_Encoding="gzip").status_code == 200


def test_gzip_that_is_not_whole_is_refused(client):
    packed = gzip.compress(json.dumps(ARTICLE).encode())
    for wrong in (packed[:-1], packed[:20], packed + b"x", packed + packed, b"plain", packed[:30] + b"x" + packed[31:]):
        assert "one whole gzip stream" in detail(send(client, wrong, "application/json", Content_Encoding="gzip"), 400)
    said = detail(send(client, packed, "application/json"), 400)
    assert "compressed with gzip. Fix: unpack it, or for HTTP add “Content-Encoding: gzip”" in said


@pytest.mark.parametrize("coding", ["br", "deflate", "lz4", "gzip, gzip", "compress"])
def test_another_coding_is_refused_by_name(client, coding):
    answer = send(client, b"x", "application/json", Content_Encoding=coding)
    assert f"the Content-Encoding “{coding}”" in detail(answer, 415)
    assert answer.headers["Accept-Encoding"] == "gzip, zstd"
    assert send(client, TEXT.encode(), "text/plain", Content_Encoding="identity").status_code == 200


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Clash \ud83d", "Clash \ufffd"),
        (r"\ude00 Clash", "\ufffd Clash"),
        (r"Clash \ud83d\ud83d\ude00", "Clash \ufffd\U0001f600"),
        (r"Clash \\ud83d\uD83D", "Clash \\ud83d\ufffd"),
        (r"Clash \\\ud83d", "Clash \\\ufffd"),
    ],
)
def test_half_an_emoji_is_read_as_browsers_read_it(client, written, read):
    body = f'{{"headline": "{written}", "body": "{TEXT}"}}'.encode()
    answer = send(client, body, "application/json", "/v1/tags?explain=true").get_json()
    assert answer["text"] == f"{read}\n\n{TEXT}"
    batch = send(client, b'{"articles": [' + body + b"]}", "application/json", "/v1/tags/batch?explain=true").get_json()
    assert batch["results"] == [answer]


def test_json_in_utf_16_is_told_so(client):
    for codec in ("utf-16", "utf-16-le", "utf-16-be"):
        assert "UTF-16" in detail(send(client, json.dumps(ARTICLE).encode(codec), "application/json"), 400)


@pytest.mark.parametrize(("sent", "id_"), [(17, "17"), (17.0, "17"), (2**70, str(2**70)), (-3, "-3"), ("17", "17")])
def test_a_whole_number_is_an_id(client, sent, id_):
    assert client.post("/v1/tags", json={"id": sent, "body": TEXT}).get_json()["id"] == id_
    batch = client.post("/v1/tags/batch", json={"articles": [{"id": sent, "body": TEXT}]}).get_json()
    assert batch["results"][0]["id"] == id_


@pytest.mark.parametrize("sent", [1.5, True, [1], {"id": 1}])
def test_another_value_is_no_id(client, sent):
    assert "id: must be a string" in detail(client.post("/v1/tags", json={"id": sent, "body": TEXT}), 422)


@pytest.mark.parametrize(
    "sent",
    [
        {"headline": "Border clash", "title": None, "body": TEXT, "content": None, "text": None, "html": None},
        {"headline": "", "title": "Border clash", "content": TEXT, "body": ""},
        {"headline": "Border clash", "title": " ", "body": TEXT, "text": "\n"},
        {"headline": "Border clash", "body": TEXT, "id": None, "language": None, "current": None, "published": None},
        {"headline": "Border clash", "body": TEXT, "tags": [], "sections": [], "categories": []},
    ],
)
def test_null_and_an_empty_other_name_are_nothing(client, sent):
    plain = client.post("/v1/tags", json={"headline": "Border clash", "body": TEXT}).get_json()
    assert client.post("/v1/tags", json=sent).get_json() == plain
    assert client.post("/v1/tags/batch", json={"articles": [sent]}).get_json()["results"] == [plain]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"headline": None, "body": None}, "are both empty"),
        ({"body": TEXT, "text": TEXT}, "another name for a field that is already given"),
        ({"body": TEXT, "colour": None}, "colour: unknown field"),
    ],
)
def test_what_is_wrong_stays_wrong_beside_nothing(client, sent, said):
    assert said in detail(client.post("/v1/tags", json=sent | {"title": None}), 422)


@pytest.mark.parametrize("revision", [3, "3"])
def test_feedback_takes_numbers_as_well(client, revision):
    answer = client.post("/v1/feedback", json={"article": 17, "revision": revision, "headline": 5, "kept": None})
    assert detail(answer, 422) == "headline: must be a string. Fix: give one text, in quotation marks"
