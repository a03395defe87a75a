"""Bad requests, picked by hand: for each what is sent, and with which statuses it may be refused."""

import json
from dataclasses import dataclass

SECRET = "zebra"
MEBIBYTE = 1 << 20
_BAD, _INVALID, _TOO_LARGE, _NO_KIND = (400,), (422,), (413,), (415,)
_JSON = "application/json"
_JSON_IN_CHUNKS = b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"


@dataclass(frozen=True)
class Bad:
    """A request of which every byte is given. ``statuses`` empty: the server may also close without an answer."""

    name: str
    raw: bytes
    statuses: tuple[int, ...]


def post(body: bytes, kind: str | None = _JSON, target: str = "/v1/tags", *headers: str) -> bytes:
    """Return the bytes of a POST."""
    lines = [f"POST {target} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *headers]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def bad_requests() -> list[Bad]:
    """Return them all."""
    makers = (
        _not_utf8,
        _not_json,
        _numbers,
        _twice,
        _deep,
        _wrong_types,
        _too_long,
        _unknown,
        _kinds,
        _queries,
        _batches,
    )
    found = [bad for maker in makers for bad in maker()]
    return [*found, *_addresses(), *_heads()]


def _not_utf8() -> list[Bad]:
    sequences = [
        b"\xff",
        b"\xfe\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf5\x80\x80\x80",
        b"\xe2\x82",
        b"\x80",
        b"caf\xe9",
    ]
    cases = []
    for sequence in sequences:
        name = f"not UTF-8: {sequence.hex()}"
        cases.append(Bad(f"{name} in JSON", post(b'{"body": "zebra ' + sequence + b'"}'), _BAD))
        cases.append(Bad(f"{name} in a name", post(b'{"zebra' + sequence + b'": "x"}'), _BAD))
        cases.append(Bad(f"{name} as text", post(b"zebra " + sequence, "text/plain"), _BAD))
        cases.append(Bad(f"{name} as HTML", post(b"<p>zebra " + sequence, "text/html; charset=utf-8"), _BAD))
    utf16 = '{"body": "zebra"}'.encode("utf-16")
    return [
        *cases,
        Bad("UTF-16", post(utf16), _BAD),
        Bad("two byte order marks", post(b"\xef\xbb\xbf" * 2 + b"{}"), _BAD),
    ]


def _not_json() -> list[Bad]:
    texts = [
        *(
            '{"body": "zebra"',
            '{"body": "zebra}',
            '{"body" "zebra"}',
            "{'body': 'zebra'}",
            '{"body": "zebra",}',
            "{body: 1}",
        ),
        *(
            '{"body": "zebra"} zebra',
            "zebra",
            "{",
            "[",
            '"',
            "nul",
            "tru",
            '{"body": undefined}',
            "\x00",
            "\x00" * 1000,
        ),
        *(
            '{"body": "a\x00b"}',
            '{"body": "a\nb"}',
            '{"body": "\\x41"}',
            '{"body": "\\ud80"}',
            '{"body": "\\udc0zebra"}',
        ),
        *(
            '{"body": "\\ud800\\ud80"}',
            '{"\\ud83": "x"}',
            '{"body": "\\u12"}',
            '/* zebra */ {"body": "x"}',
            "--",
            ",",
            "}",
        ),
        *(
            '{"body": "x"}{"body": "y"}',
            '["zebra"',
            '{"a":1]',
            '{"body": "zebra\\"}',
            "NaN",
            "Infinity",
            '{"body": NaN}',
        ),
    ]
    cases = [Bad(f"not JSON: {text[:20]!a}", post(text.encode()), _BAD) for text in texts]
    for body in (b"", b" ", b"\r\n\t "):
        cases.append(Bad(f"no body: {body!a}", post(body), _BAD))
        cases.append(Bad(f"no text: {body!a}", post(body, "text/plain"), _BAD))
    return cases


def _numbers() -> list[Bad]:
    huge = ["1e999", "-1e999", "9" * 400, "1" + "0" * 4_000, "0." + "1" * 4_000, "-0", "1e-999"]
    far_too_long = ["9" * 5_000, "9" * 100_000, "1e" + "9" * 100]
    wrong = ["01", "+1", "1.", ".5", "0x10", "1_000", "--1"]
    cases = [Bad(f"a number for the body: {n[:9]}", post(f'{{"body": {n}}}'.encode()), (400, 422)) for n in huge]
    cases += [Bad(f"digits: {n[:9]}", post(f'{{"body": {n}}}'.encode()), (400, 422)) for n in far_too_long]
    return cases + [Bad(f"no number: {n}", post(f'{{"body": {n}}}'.encode()), _BAD) for n in wrong]


def _twice() -> list[Bad]:
    names = ["id", "headline", "body", "language", "current", "rejected", "only", "exclude", "colour", "zebra " * 20]
    cases = [Bad(f"{n[:9]} twice", post(f'{{"{n}": "zebra", "{n}": "zebra"}}'.encode()), _BAD) for n in names]
    batch = b'{"articles": [{"body": "zebra", "body": "zebra"}]}'
    two = [("body", "text"), ("headline", "title"), ("content", "html"), ("tags", "labels"), ("date", "published")]
    for one, other in two:
        sent = {"body": "zebra"} | {one: "2020-01-01", other: "2020-01-01"}
        cases.append(Bad(f"{one} and {other}", post(json.dumps(sent).encode()), _INVALID))
    return [*cases, Bad("twice in a batch", post(batch, target="/v1/tags/batch"), _BAD)]


def _deep() -> list[Bad]:
    cases = []
    for depth in (250, 1_000, 100_000, 1_000_000):
        cases.append(Bad(f"{depth} lists", post(b"[" * depth + b"]" * depth), _BAD))
        cases.append(Bad(f"{depth} open lists", post(b"[" * depth), _BAD))
        cases.append(
            Bad(f"{depth // 5} objects", post(b'{"a":' * (depth // 5) + b"1" + b"}" * (depth // 5)), (400, 422))
        )
    cases.append(Bad("a body 150 deep", post(b'{"body":' + b"[" * 150 + b"]" * 150 + b"}"), _INVALID))
    return cases


def _wrong_types() -> list[Bad]:
    values = [None, True, 0, 1.5, [], ["zebra"], [["zebra"]], {}, {"zebra": "zebra"}]
    texts = ["headline", "body", "title", "content", "text", "html", "source", "url"]
    lists = ["current", "rejected", "only", "exclude", "sections", "tags", "categories", "labels"]
    cases = []
    for field in texts:
        cases += [_article(field, v) for v in values if v is not None]
    for field in ("id", "language"):
        cases += [_article(field, v) for v in values if v not in ((None, 0) if field == "id" else (None,))]
    for field in lists:
        cases += [_article(field, v) for v in [True, 0, "zebra", {}, [1], [None], [[]], [""], [{"id": "zebra"}]]]
    for value in ["zebra", "2020-13-45", "20200", 1_600_000_000, True, [], {}, "0000-01-01", "9" * 50]:
        cases.append(_article("published", value))
    for value in (None, True, 1, 1.5, "zebra", [], [{"body": "zebra"}], "", 10**20):
        cases.append(Bad(f"no object: {value!r:.9}", post(json.dumps(value).encode()), _INVALID))
    return cases


def _article(field: str, value: object) -> Bad:
    other = "headline" if field in ("body", "content", "text", "html") else "body"
    sent = {other: "zebra"} | {field: value}
    return Bad(f"{field}: {value!r:.20}", post(json.dumps(sent).encode()), _INVALID)


def _too_long() -> list[Bad]:
    over = {"id": 201, "headline": 2_001, "body": 1_000_001, "language": 36, "source": 201, "url": 2_001}
    cases = [_article(field, "z" * length) for field, length in over.items()]
    cases += [_article(field, "") for field in ("id",)]
    cases += [_article(field, ["z" * 201]) for field in ("current", "rejected", "only", "exclude")]
    cases += [_article(field, ["zebra"] * 1_001) for field in ("current", "rejected", "only", "exclude", "sections")]
    whole = b'{"body": "' + b"z" * (5 * MEBIBYTE) + b'"}'
    cases.append(Bad("5 MiB in one body", post(whole), _TOO_LARGE))
    cases.append(Bad("5 MiB of text", post(b"z" * (5 * MEBIBYTE), "text/plain"), _TOO_LARGE))
    cases.append(
        Bad("announced 1 TB", post(b"", _JSON, "/v1/tags").replace(b"Length: 0", b"Length: 1000000000000"), _TOO_LARGE)
    )
    chunks = b"".join(b"10000\r\n" + b"z" * 0x10000 + b"\r\n" for _ in range(80)) + b"0\r\n\r\n"
    head = b"POST /v1/tags HTTP/1.1\r\nHost: localhost\r\n" + _JSON_IN_CHUNKS
    return [*cases, Bad("5 MiB in pieces", head + chunks, _TOO_LARGE)]


def _unknown() -> list[Bad]:
    names = [
        "colour",
        "Body",
        "BODY",
        "body ",
        " body",
        "__class__",
        "constructor",
        "$ref",
        "",
        "body\u0000",
        "a.b",
        "0",
        "é",
    ]
    cases = [_article(name, "zebra") for name in names]
    cases.append(_article("zebra " * 100, "zebra"))
    many = json.dumps({"body": "zebra"} | {f"zebra{i}": 1 for i in range(100_000)}).encode()
    cases.append(Bad("100,000 unknown fields", post(many), _INVALID))
    for field in ("current", "rejected", "only", "exclude"):
        cases += [_article(field, [label]) for label in ("nowhere", "zebra " * 30, "\u0000", "../etc/passwd")]
    cases += [_article("language", code) for code in ("fr", "de-AT", "xx", "english?", "zz")]
    return cases


def _kinds() -> list[Bad]:
    kinds = [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "image/png",
        "json",
    ]
    kinds += ["text/csv", "text/markdown", "zebra", "application/octet-stream", ";", "/", "*/*"]
    body = b'{"body": "zebra"}'
    return [
        *(Bad(f"kind {kind}", post(body, kind), _NO_KIND) for kind in kinds),
        Bad("no kind", post(body, None), _NO_KIND),
    ]


def _queries() -> list[Bad]:
    queries = [
        "explain=1",
        "explain=yes",
        "explain=",
        "explain",
        "all=TRUE",
        "expain=true",
        "striped=zebra",
        "explain=true&explain=true",
    ]
    queries += [
        "all=true&all=false",
        "%00=1",
        "explain=%ff",
        "=",
        "explain=true;all=true",
        "a" * 4_000,
        "all[]=true",
        "explain=true&x=1",
    ]
    return [
        Bad(f"?{query[:20]}", post(b'{"body": "zebra"}', target=f"/v1/tags?{query}"), _INVALID) for query in queries
    ]


def _batches() -> list[Bad]:
    target = "/v1/tags/batch"
    wrong = [
        None,
        {},
        [],
        "zebra",
        [1],
        [None],
        ["zebra"],
        [[]],
        [{}],
        [{"body": 1}],
        [{"body": "x"}, {"colour": 1}],
        [{"id": "x"}],
    ]
    cases = [
        Bad(f"batch of {a!r:.20}", post(json.dumps({"articles": a}).encode(), target=target), _INVALID) for a in wrong
    ]
    item = {"body": "zebra"}
    for sent in ({}, {"articles": [item], "colour": 1}, [item], {"Articles": [item]}):
        cases.append(Bad(f"batch {sent!r:.20}", post(json.dumps(sent).encode(), target=target), _INVALID))
    for count in (101, 10_001, 200_000):
        body = json.dumps({"articles": [item] * count}).encode()
        cases.append(Bad(f"batch of {count}", post(body, target=target), _TOO_LARGE))
    ones = b'{"articles": [' + b"1," * 1_500_000 + b"1]}"
    cases.append(Bad("batch of 1,500,001 numbers", post(ones, target=target), _TOO_LARGE))
    cases.append(Bad("batch of text", post(b"zebra", "text/plain", target), _NO_KIND))
    return cases


def _addresses() -> list[Bad]:
    targets = [
        "/",
        "/v1",
        "/v1/",
        "/v1/tags/",
        "//v1/tags",
        "/v1//tags",
        "/V1/TAGS",
        "/v1/tags%00",
        "/v1/tags%2f",
        "/../v1/tags",
    ]
    targets += [
        "/%2e%2e/%2e%2e/etc/passwd",
        "/docs/files/../../plugins.py",
        "/docs/files/%2e%2e/%2e%2e/plugins.py",
        "/%ff%fe",
    ]
    targets += [
        "/zebra",
        "/v1/tags;x=1",
        "/" + "z" * 5_000,
        "/%",
        "/%zz",
        "/docs/files/",
        "/docs/files/%00",
        "/v1/models/activate/x",
    ]
    gets = [
        Bad(f"GET {t[:30]}", f"GET {t} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), (400, 404, 405, 308))
        for t in targets
    ]
    methods = ["GET", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "zebra", "PROPFIND"]
    return gets + [
        Bad(f"{m} /v1/tags", f"{m} /v1/tags HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), (400, 405, 404))
        for m in methods
    ]


def _heads() -> list[Bad]:
    body = b'{"body": "zebra"}'
    cases = [
        Bad("two lengths", post(body, _JSON, "/v1/tags", "Content-Length: 5"), (400,)),
        Bad("a length below 0", post(body).replace(b"Length: 17", b"Length: -1"), (400,)),
        Bad("a length in words", post(body).replace(b"Length: 17", b"Length: many"), (400,)),
        Bad("a chunk of no size", _chunked(b"zebra\r\n"), (400,)),
        Bad("a chunk below 0", _chunked(b"-5\r\nzebra\r\n0\r\n\r\n"), (400,)),
        Bad("a chunk of 2**64", _chunked(b"10000000000000000\r\nzebra\r\n"), (400,)),
        Bad("no HTTP", b"zebra zebra zebra\r\n\r\n", (400,)),
        Bad("HTTP/9.9", b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n", (400, 505)),
        Bad("TLS", bytes.fromhex("16030100a5010000a10303") + b"z" * 100 + b"\r\n\r\n", (400,)),
        Bad("HTTP/2 said out of hand", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400,)),
        Bad("a NUL in a header", b"GET /v1/sections HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n", (400,)),
        Bad("a line folded", b"GET /zebra HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", (400, 404)),
        Bad("a header without a name", b"GET /zebra HTTP/1.1\r\nHost: localhost\r\n: a\r\n\r\n", (400,)),
        Bad("a name with a space", b"GET /zebra HTTP/1.1\r\nHost: localhost\r\nX Y: a\r\n\r\n", (400,)),
        Bad("no host", b"GET /zebra HTTP/1.1\r\n\r\n", (400, 404)),
        Bad("a megabyte of header", b"GET /zebra HTTP/1.1\r\nX: " + b"z" * MEBIBYTE + b"\r\n\r\n", (400, 431)),
        Bad("1,000 headers", b"GET /zebra HTTP/1.1\r\n" + b"X: z\r\n" * 1_000 + b"\r\n", (400, 431)),
        Bad("a megabyte of address", b"GET /" + b"z" * MEBIBYTE + b" HTTP/1.1\r\n\r\n", (400, 414, 431)),
        Bad("a compressed body", post(b"\x1f\x8b\x08zebra", _JSON, "/v1/tags", "Content-Encoding: gzip"), (400, 415)),
        Bad(
            "odd letters in a header", "GET /zebra HTTP/1.1\r\nHost: localhost\r\nX: zébra\r\n\r\n".encode(), (400, 404)
        ),
    ]
    return [Bad(case.name, case.raw, case.statuses) for case in cases]


def _chunked(rest: bytes) -> bytes:
    head = b"POST /v1/tags HTTP/1.1\r\nHost: localhost\r\n" + _JSON_IN_CHUNKS
    return head + rest
