"""What the OpenAPI document says of the service as a whole."""

from flask_openapi3 import Info, SecurityScheme

INFO = Info(
    title="Copydesk",
    version="1",
    description="Tags news articles with the sections of the site that publishes them.",
)
SECURITY_SCHEMES: dict[str, SecurityScheme | dict[str, object]] = {
    "key": SecurityScheme(
        type="http",
        scheme="bearer",
        description="A key made with “python -m classifier keys create NAME”. Where the service listens on its own "
        "machine only and has no keys, none is needed.",
    )
}
