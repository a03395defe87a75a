"""The contract for programs (/openapi.json) and for people (/docs, which loads nothing from other hosts).

Neither needs a key: a browser cannot send one for a page, and the contract tells nothing about this service.
"""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory

from classifier.service.guard.access import needs_no_key
from classifier.service.http.openapi import document

_SWAGGER_UI = Path(str(files("flask_swagger_ui") / "dist"))
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Copydesk: the contract</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/files/swagger-ui.css">
<div id="contract"></div>
<script src="docs/files/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#contract", validatorUrl: null, deepLinking: true,
  defaultModelsExpandDepth: 0, displayRequestDuration: true
});
"""
#: The page may load its own files, and the pictures inside its style sheet.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    )
)


def serve_documents(app: Flask) -> None:
    """Add /openapi.json and /docs to an app."""
    pages = Blueprint("documents", __name__)

    @cache
    def source() -> str:
        return json.dumps(document(app), ensure_ascii=False, allow_nan=False)

    @pages.get("/openapi.json")
    @needs_no_key
    def contract() -> Response:
        return Response(source(), content_type="application/json")

    @pages.get("/docs")
    @needs_no_key
    def docs() -> Response:
        return Response(_PAGE, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY})

    @pages.get("/docs/start.js")
    @needs_no_key
    def start() -> Response:
        return Response(_START, content_type="text/javascript; charset=utf-8")

    @pages.get("/docs/files/<path:filename>")
    @needs_no_key
    def page_file(filename: str) -> Response:
        return send_from_directory(_SWAGGER_UI, filename)

    app.register_blueprint(pages)
