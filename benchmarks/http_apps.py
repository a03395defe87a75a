"""What the service is measured against, under the same server: bare Flask routes, and scikit-learn's pipeline.

``python -m benchmarks.http_apps constant|json|pipeline --port N --workers N``
"""

import json
import os
import pickle
from pathlib import Path

import click
import numpy as np
from flask import Flask, Response, request

from classifier.commands.console import say
from classifier.service.process.gateway import QUICK
from classifier.service.process.memory import keep_one_heap
from classifier.settings import Settings

PIPELINE = "BENCHMARK_PIPELINE"
_JSON = "application/json"


def constant() -> Flask:
    """Return an app with a route that reads the body of a request, and sends the same bytes whatever it says."""
    app = _bare()
    answer = json.dumps(_answer(None), allow_nan=False)

    @app.post("/v1/tags")
    def tag() -> Response:
        request.get_data(cache=False)
        return Response(answer, content_type=_JSON)

    return app


def parsing() -> Flask:
    """Return an app with a route that parses the JSON of a request, and writes JSON: the same few tags, and the id."""
    app = _bare()

    @app.post("/v1/tags")
    def tag() -> Response:
        article = request.get_json()
        return Response(json.dumps(_answer(article.get("id")), allow_nan=False), content_type=_JSON)

    return app


def pipeline() -> Flask:
    """Return an app whose route tags with the pipeline that a benchmark has written."""
    # the benchmark wrote this file itself a moment ago; Copydesk's own models are never unpickled
    fitted, sections = pickle.loads(Path(os.environ[PIPELINE]).read_bytes())  # noqa: S301
    app = _bare()

    @app.post("/v1/tags")
    def tag() -> Response:
        article = request.get_json()
        margins = fitted.decision_function([f"{article.get('headline', '')}\n\n{article['body']}"])[0]
        tags = [_tag(sections[s], 1 / (1 + np.exp(-margins[s]))) for s in np.flatnonzero(margins >= 0)]
        return Response(json.dumps({"id": article.get("id"), "tags": tags}, allow_nan=False), content_type=_JSON)

    return app


#: The apps by the name on the command line, and the factory of each.
APPS = {"constant": "constant", "json": "parsing", "pipeline": "pipeline"}


def _bare() -> Flask:
    app = Flask("bare", static_folder=None)
    app.extensions[QUICK] = frozenset({"/v1/tags"})  # as the service does

    @app.get("/readyz")
    def ready() -> Response:
        return Response("{}", content_type=_JSON)

    return app


def _answer(article_id: str | None) -> dict[str, object]:
    return {"id": article_id, "model": "none", "outcome": "tagged", "tags": [_tag("south-asia", 0.9)] * 3}


def _tag(section: str, probability: float) -> dict[str, object]:
    return {"section": section, "name": section, "probability": float(probability), "decision": "review"}


@click.command()
@click.argument("app", type=click.Choice(list(APPS)))
@click.option("--port", type=int, required=True)
@click.option("--workers", type=int, default=2)
def main(app: str, port: int, workers: int) -> None:
    """Serve one of the apps as service.py serves Copydesk."""
    keep_one_heap()
    from classifier.service.serve import serve

    serve(Settings.load({"port": port, "workers": workers}), say, f"benchmarks.http_apps:{APPS[app]}")


if __name__ == "__main__":
    main()
