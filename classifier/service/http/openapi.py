"""The OpenAPI document, made from the documentation next to each route and from the models of requests and answers."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from classifier.article import ALIASES
from classifier.errors import ModelError
from classifier.feedback.feedback import Feedback
from classifier.request import BatchRequest
from classifier.service.answers import Activation, ArticleAnswer, NinjsAnswer, Problem
from classifier.service.contract import ONLY_DOCUMENTED, REF, SIGNATURES, operation_of

EXAMPLES_FILE = files("classifier.service") / "examples.json"
VERSION = "1"
_DESCRIPTION = """Tags news articles with the sections of the site that publishes them.

The vocabulary is closed: the service suggests only sections that the newsroom defined. An article may have no tag.
Every error is a problem (RFC 9457): it names the field or item, the limit, and what to do. It never contains the text
that was sent."""
INFO = {
    "title": "Copydesk",
    "description": _DESCRIPTION,
    "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    "version": VERSION,
}
SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, made with `copydesk keys create NAME`. A service without keys that listens on its "
        "own machine only needs none.",
    }
} | {
    name: {"type": "apiKey", "in": "header", "name": header, "description": text}
    for name, (header, text) in SIGNATURES.items()
}
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_UNUSED = "Accepted but not used, so that a labelled article can be sent unchanged."
_FIELDS = {
    "id": "Your own identifier; the answer repeats it.",
    "headline": "Plain text or HTML. A headline or a body is required.",
    "body": "Plain text or HTML. A body or a headline is required.",
    "language": "BCP 47 code such as `en`. A language that the model was not trained on is refused. Leave it out if "
    "you do not know it.",
    "published": _UNUSED,
    "sections": _UNUSED,
    "source": _UNUSED,
    "url": _UNUSED,
}


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of an app as JSON values."""
    paths: dict[str, dict[str, Any]] = {}
    tags: list[str] = []
    models: set[type[BaseModel]] = {Problem}
    for rule, method, view in _routes(app):
        documented = operation_of(view)
        if documented is None:
            continue
        path = _PARAMETER.sub(r"{\1}", rule)
        fields = copy.deepcopy(dict(documented.fields))
        _add_examples(fields, _examples().get(f"{method} {path}", {}))
        paths.setdefault(path, {})[method.lower()] = fields
        tags += [documented.tag] if documented.tag not in tags else []
        models |= set(documented.models)
    schemas = _schemas(models) | _requests()
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "tags": [{"name": name} for name in tags],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": SECURITY_SCHEMES},
    }


def _routes(app: Flask) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Yield the rule, method and view of every route, and of those that only a service with other settings has."""
    for rule in app.url_map.iter_rules():
        yield rule.rule, "POST" if "POST" in (rule.methods or ()) else "GET", app.view_functions[rule.endpoint]
    for text, view in app.extensions.get(ONLY_DOCUMENTED, ()):
        yield text, "POST", view


def _schemas(models: set[type[BaseModel]]) -> dict[str, Any]:
    """Return the schemas of answers."""
    listed = sorted(models, key=lambda model: model.__name__)
    _, made = models_json_schema([(model, "serialization") for model in listed], ref_template=REF + "{model}")
    schemas: dict[str, Any] = made["$defs"]
    return schemas


def examples_answered(app: Flask) -> dict[str, Any]:
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
        [(model, "serialization") for model in (ArticleAnswer, NinjsAnswer)], ref_template=REF + "{model}"
    )
    _, made = models_json_schema(
        [(model, "validation") for model in (BatchRequest, Activation, Feedback)], ref_template=REF + "{model}"
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
    articles["description"] = "The setting `max_batch` limits their number (default: 100); more are answered with 413."
    for name, (_, *others) in ALIASES.items():
        for other in others:
            schema = {key: v for key, v in article["properties"][name].items() if key not in ("title", "default")}
            article["properties"][other] = schema | {"description": f"Another name of `{name}`; give one of them."}
    texts = [*ALIASES["headline"], *ALIASES["body"]]
    article["anyOf"] = [{"required": [name], "properties": {name: {"pattern": r"\S"}}} for name in texts]
    return schemas
