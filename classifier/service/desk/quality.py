"""The page Quality: the live model's report, how far editors agree, what the service counted, and the versions."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, request
from werkzeug.exceptions import NotFound

from classifier.errors import CopydeskError, DiskError, FeedbackError, ForbiddenError, ModelError
from classifier.pages.environment import script_hash, table_script
from classifier.service.desk.counting import ServiceCounts, service_counts
from classifier.service.desk.pages import go, pages, show
from classifier.service.desk.visits import desk_parts, live_models, section_names, this_visit
from classifier.service.guard.access import require
from classifier.service.http.models import activate_version, roll_back
from classifier.store.files import EVALUATION_FILE
from classifier.store.manifest import REPORT_FILE
from classifier.store.registry import Registry
from classifier.store.sets import VERSION

_DISK_SECONDS = 10.0
#: The report is one file with its style in it. It runs no script except the one that searches its long table, and gets
#: nothing of the desk.
_REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"
_WITH_SCRIPT = _REPORT_POLICY.replace("sandbox;", f"sandbox allow-scripts; script-src '{script_hash(table_script())}';")
_QUALITY = "/desk/quality"


@dataclass(frozen=True)
class StoredVersion:
    """A version of a set as the page lists it; ``f1`` is the micro-F1 on articles that it had not seen."""

    version: str
    is_live: bool
    articles: int | None
    sections: int | None
    f1: float | None
    has_report: bool
    problem: str


@dataclass(frozen=True)
class SetQuality:
    """A set of models: its versions, the newest first, and the counts of the service."""

    name: str
    live: str | None
    versions: list[StoredVersion]
    counts: ServiceCounts | None
    problem: str = ""


@pages.get(_QUALITY)
@require("desk")
def quality() -> Response:
    """Show how good the live models are."""
    agreement: Mapping[str, Any] | None = {}
    problem, names = "", section_names()
    try:
        agreement = desk_parts().agreement.get()
    except FeedbackError as error:
        problem = error.detail
    counted = agreement or {}
    return show(
        "quality.html",
        sets=[_of_set(name) for name in live_models().by_name],
        agreement=agreement,
        agreement_problem=problem,
        agreement_sections=[(names.get(t["section"], t["section"]), t) for t in counted.get("sections", ())],
        lines=[(month, t["kept_share"]) for month, t in counted.get("by_month", {}).items() if t["kept_share"]],
        done=request.args.get("done", ""),
    )


@pages.get(f"{_QUALITY}/report/<set_name>/<version>")
@require("desk")
def report(set_name: str, version: str) -> Response:
    """Return the report of a version."""
    live = live_models().by_name.get(set_name)
    if live is None or not VERSION.fullmatch(version):
        raise NotFound("there is no report of this version. Fix: choose one that the page Quality lists")
    path = live.registry.models / version / REPORT_FILE
    try:
        text = live_models().asking.call(path.read_bytes, _DISK_SECONDS)
    except OSError:
        raise NotFound("there is no report of this version. Fix: choose one that the page Quality lists") from None
    policy = _WITH_SCRIPT if table_script().encode() in text else _REPORT_POLICY
    headers = {"Content-Security-Policy": policy}
    return Response(text, content_type="text/html; charset=utf-8", headers=headers)


@pages.post(f"{_QUALITY}/activate")
@require("desk")
def activate_at_desk() -> Response:
    """Make a version live, or the one before live again."""
    visit = this_visit()
    if not visit.may_administer:
        raise ForbiddenError("your key may not change the live model. Fix: sign in with a key of the scope admin")
    set_name, version = request.form.get("set", ""), request.form.get("version", "")
    note = f"at the desk, by {visit.name}" if visit.name else "at the desk"
    if request.form.get("action") == "rollback":
        changed = roll_back(set_name, note)
    else:
        changed = activate_version(version, set_name or None, note)
    return go(_QUALITY, {"done": changed.current or ""})


def _of_set(name: str) -> SetQuality:
    sets = live_models()
    live = sets.by_name[name]
    counts = service_counts(live.current, sets.label(name)) if live.current else None
    current = live.current.version if live.current else None
    try:
        versions = sets.asking.call(lambda: _versions(live.registry, current), _DISK_SECONDS)
    except DiskError as error:
        return SetQuality(name, current, [], counts, error.detail)
    return SetQuality(name, current, versions, counts)


def _versions(registry: Registry, current: str | None) -> list[StoredVersion]:
    return [_version(registry, version, version == current) for version in reversed(registry.versions())]


def _version(registry: Registry, version: str, is_live: bool) -> StoredVersion:
    folder = registry.models / version
    has_report = (folder / REPORT_FILE).is_file()
    try:
        manifest = registry.manifest(version)
    except ModelError as error:
        return StoredVersion(version, is_live, None, None, None, has_report, error.detail)
    return StoredVersion(
        version, is_live, manifest.n_articles, len(manifest.trained), _micro_f1(folder), has_report, ""
    )


def _micro_f1(folder: Path) -> float | None:
    with suppress(OSError, ValueError, KeyError, TypeError, CopydeskError):
        found: Any = json.loads((folder / EVALUATION_FILE).read_bytes())["out_of_fold"]["micro"]["f1"]
        return float(found)
    return None
