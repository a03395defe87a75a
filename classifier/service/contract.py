"""The contract: what the OpenAPI document says beyond what it takes from the models of requests and answers."""

import copy
import json
from functools import cache
from importlib.resources import files
from typing import Any

from flask_openapi3 import Info, License, OpenAPI, SecurityScheme
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from classifier.article import ALIASES
from classifier.errors import ModelError
from classifier.feedback.record import EditorDecision
from classifier.request import BatchRequest
from classifier.service.answers import NINJS, Activation, ArticleAnswer, NinjsAnswer
from classifier.service.problems import PROBLEM_TYPE

EXAMPLES_FILE = files("classifier.service") / "examples.json"
VERSION = "1"
_DESCRIPTION = """Tags news articles with the sections of the site that publishes them.

The vocabulary is closed: no section is answered that the newsroom did not define, and none at all is a good answer.
Every error is a problem (RFC 9457) that says what happened, which field or item is at fault, the limit, and what to do;
never the text that was sent."""
_REF = "#/components/schemas/"

INFO = Info(title="Copydesk", version=VERSION, description=_DESCRIPTION, license=License(name="Apache-2.0"))
SECURITY_SCHEMES: dict[str, SecurityScheme | dict[str, Any]] = {
    "key": SecurityScheme(
        type="http",
        scheme="bearer",
        description="A key made with `python -m classifier keys create NAME`. Where the service listens on its own "
        "machine only and has no keys, none is needed.",
    )
}
_SIGNATURES = {
    "standard_webhooks": ("webhook-signature", "Standard Webhooks, with `webhook-id` and `webhook-timestamp`."),
    "hub": ("X-Hub-Signature-256", "`sha256=` and the HMAC of the body in hexadecimal."),
    "ghost": ("X-Ghost-Signature", "`sha256=HEX, t=MILLISECONDS`, the HMAC of the body and the time."),
}
SECURITY_SCHEMES |= {
    name: SecurityScheme.model_validate({"type": "apiKey", "in": "header", "name": header, "description": text})
    for name, (header, text) in _SIGNATURES.items()
}
#: One signature, the one of the source's scheme.
SIGNED: list[dict[str, list[Any]]] = [{name: []} for name in _SIGNATURES]
KEY_NEEDED: list[dict[str, list[Any]]] = [{"key": []}]

_PROBLEMS = {
    400: "The body cannot be read: not JSON, not UTF-8, empty, or a field given twice",
    401: "A key is needed, or the one sent does not count; of a webhook: it is not signed as it must be",
    403: "The key has another scope",
    404: "There is no such thing",
    408: "The body did not arrive in time",
    409: "The model does not load; what was live goes on",
    413: "The body, or the batch, is over the limit",
    415: "A body of a kind that the service does not read",
    422: "A field is missing, unknown, too long, of the wrong type, or names an unknown section",
    429: "Too many calls; `Retry-After` says after how many seconds to try again",
    500: "An error that nobody expected; it is in the service's log",
    503: "There is no model that could answer, or the service cannot read its keys or the sources of webhooks, or its "
    "database does not answer",
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}},
    503: {"Retry-After": {"description": "Seconds, for a database.", "schema": {"type": "integer", "minimum": 1}}},
}
_UNUSED = "Not used to tag: accepted, so that a labelled article can be sent as it is."
_FIELDS = {
    "id": "The publisher's own identifier, echoed in the answer.",
    "headline": "Plain text or HTML. It or a body is required.",
    "body": "Plain text or HTML. It or a headline is required.",
    "language": "BCP 47 code such as `en`; refused if it is not the model's. Leave it out if you do not know.",
    "published": _UNUSED,
    "sections": _UNUSED,
    "source": _UNUSED,
    "url": _UNUSED,
}
#: What every call with a body can be answered with, and every one without.
WITH_BODY = (400, 401, 408, 413, 415, 422, 429, 500, 503)
WITHOUT_BODY = (401, 429, 500, 503)


def problems(*statuses: int) -> dict[str, Any]:
    """Return the documentation of these errors, for ``responses``."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": _REF + "Problem"}}}
    return {
        str(s): {"description": _PROBLEMS[s], "content": content} | ({"headers": _HEADERS[s]} if s in _HEADERS else {})
        for s in statuses
    }


def json_body(model: type[BaseModel], text: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the documentation of a body: JSON of a model of requests, or plain text of these kinds."""
    plain = {"schema": {"type": "string", "pattern": r"\S", "description": "The text of the article, in UTF-8."}}
    content = {"application/json": {"schema": {"$ref": _REF + model.__name__}}}
    return {"requestBody": {"required": True, "content": content | dict.fromkeys(text, plain)}}


def tagged_answer() -> dict[str, Any]:
    """Return the documentation of the answer of POST /v1/tags: our own JSON, or ninjs."""
    kinds: dict[str, type[BaseModel]] = {"application/json": ArticleAnswer, NINJS: NinjsAnswer}
    content = {kind: {"schema": {"$ref": _REF + model.__name__}} for kind, model in kinds.items()}
    return {"description": "OK", "content": content}


def webhook_request() -> dict[str, Any]:
    """Return the documentation of a webhook: its name, the flags, and a body that is what its source makes it."""
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    name["description"] = "Of the source, as in the service's file of them."
    schema = {"description": "What the source sends; the service's settings say where in it an article is."}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"parameters": [name, *flags()["parameters"]], "requestBody": body}


def flags(*, ninjs: bool = False) -> dict[str, Any]:
    """Return the documentation of the flags of a call, and of ``format`` where the answer may be ninjs."""
    meanings = {
        "explain": "Also give the terms for and against each tag, and the cleaned text that they are found in.",
        "all": "Also give the sections below their threshold.",
    }
    schema = {"type": "boolean", "default": False}
    listed = [{"name": n, "in": "query", "description": text, "schema": schema} for n, text in meanings.items()]
    if ninjs:
        meaning = f"`ninjs`, as with `Accept: {NINJS}`: the answer as an item of ninjs 3.1. It knows no `explain`."
        formats = {"type": "string", "enum": ["json", "ninjs"], "default": "json"}
        listed.append({"name": "format", "in": "query", "description": meaning, "schema": formats})
    return {"parameters": listed}


def document(app: OpenAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the app as JSON values."""
    made: dict[str, Any] = copy.deepcopy(app.api_doc)
    for rule, item in made["paths"].items():
        for method, operation in item.items():
            _drop_foreign_problem(operation)
            _add_examples(operation, _examples().get(f"{method.upper()} {rule}", {}))
    made["paths"] = dict(sorted(made["paths"].items()))
    schemas = made["components"]["schemas"] | _requests()
    made["components"]["schemas"] = dict(sorted(schemas.items()))
    return made


def examples_answered(app: OpenAPI) -> dict[str, Any]:
    """Return the examples with the answers that the app's model gives now.

    Raises
    ------
    ModelError
        If it has none.
    """
    client, made = app.test_client(), copy.deepcopy(_examples())
    for route, examples in made.items():
        method, rule = route.split()
        for example in examples.values():
            sent = client.open(rule, method=method, json=example.get("request"), query_string=example.get("query"))
            if sent.status_code == 503:
                raise ModelError(sent.get_json(force=True)["detail"])
            example["answer"] = sent.get_json()
    return made


def _drop_foreign_problem(operation: dict[str, Any]) -> None:
    """Take out the 422 that flask-openapi3 gives to every operation that does not document one."""
    foreign = operation["responses"].get("422")
    if foreign and PROBLEM_TYPE not in foreign["content"]:
        del operation["responses"]["422"]


def _add_examples(operation: dict[str, Any], examples: dict[str, Any]) -> None:
    if not examples:
        return
    answers = {n: {"summary": e["summary"], "value": e["answer"]} for n, e in examples.items()}
    operation["responses"]["200"]["content"]["application/json"]["examples"] = answers
    if "requestBody" in operation:
        requests = {n: {"summary": e["summary"], "value": e["request"]} for n, e in examples.items()}
        operation["requestBody"]["content"]["application/json"]["examples"] = requests


@cache
def _examples() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))
    return found


def _requests() -> dict[str, Any]:
    """Return the schemas of the models of requests, with the other names that a field may have."""
    _, answers = models_json_schema(
        [(model, "serialization") for model in (ArticleAnswer, NinjsAnswer)], ref_template=_REF + "{model}"
    )
    _, made = models_json_schema(
        [(model, "validation") for model in (BatchRequest, Activation, EditorDecision)], ref_template=_REF + "{model}"
    )
    schemas: dict[str, Any] = made["$defs"] | answers["$defs"]
    article = schemas["TagRequest"]
    article["description"] = "An article to tag, with what the newsroom has decided of it already."
    for name, description in _FIELDS.items():
        article["properties"][name]["description"] = description
    moment, none = {"format": "date-time", "type": "string"}, {"maxLength": 0, "type": "string"}
    article["properties"]["published"]["anyOf"][1:1] = [moment, none]
    articles = schemas["BatchRequest"]["properties"]["articles"]
    del articles["maxItems"]  # it is the most that the setting may be
    articles["description"] = (
        "At most so many as the service's setting `max_batch` says, 100 by default; more are a 413."
    )
    for name, (_, *others) in ALIASES.items():
        for other in others:
            schema = {key: v for key, v in article["properties"][name].items() if key not in ("title", "default")}
            article["properties"][other] = schema | {"description": f"Another name of `{name}`; give one of them."}
    texts = [*ALIASES["headline"], *ALIASES["body"]]
    article["anyOf"] = [{"required": [name], "properties": {name: {"pattern": r"\S"}}} for name in texts]
    return schemas
