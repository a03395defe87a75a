"""``copydesk serve``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import all_settings, service_options
from classifier.errors import ModelError, SettingsError, shown

if TYPE_CHECKING:
    from classifier.settings import Settings
    from classifier.store.manifest import Manifest
    from classifier.store.registry import Registry


@click.command()
@service_options
@click.option("--check", is_flag=True, help="Only verify settings, keys, webhooks, address and models, then exit.")
def serve(check: bool, **given: object) -> None:
    """Serve the live model over HTTP.

    Each option can also be set in the environment (COPYDESK_PORT) or in the settings file (port = 8000); “copydesk
    settings” lists all settings; some have no option here.
    """
    from classifier.terms.compiler import put_off

    put_off()  # before anything is imported that compiles: the service answers while the rest is compiled
    settings = all_settings(given)
    if settings.webhooks:
        from classifier.service.http.sources import load_sources

        load_sources(Path(settings.webhooks))
    if settings.callbacks:
        from classifier.service.http.suggestions.receivers import load_receivers

        load_receivers(Path(settings.callbacks))
    if check:
        _check(settings)
        return
    from classifier.service.process.memory import keep_one_heap

    keep_one_heap()
    _say_models(settings)
    from classifier.service.serve import serve as answer

    answer(settings, say)


def _say_models(settings: "Settings") -> None:
    """Describe the live model of each set, or why there is none. The service starts anyway."""
    try:
        sets = _sets(settings)
    except ModelError as error:
        say(f"{error.title}: {error}")
        return
    for name, registry in sets.items():
        try:
            say(_describe(_read(registry), name if len(sets) > 1 else ""))
        except ModelError as error:
            of_set = f"set {name}: " if len(sets) > 1 else ""
            say(f"{of_set}{error.title}: {error}")
            say(
                f"The service starts anyway, and answers 503{f' for the set {name}' if of_set else ''} until a usable "
                "model is live. Fix: run “copydesk train”, or “copydesk models promote VERSION”"
                f"{f', with --set {name}' if of_set else ''}"
            )


def _check(settings: "Settings") -> None:
    """Verify what a start needs beyond settings and keys: the address, the models and their shadows."""
    from classifier.service.app import create_app
    from classifier.service.guard.doors import refuse_open_doors
    from classifier.service.process.live import load_probed
    from classifier.service.process.sockets import would_listen_at
    from classifier.service.watch.shadow import load_shadow

    host, taken = would_listen_at(settings.host, settings.port)
    refuse_open_doors(replace(settings, host=host))
    create_app(replace(settings, host=host))  # checks the settings that only the app reads: origins, rate_store
    sets = _sets(settings)
    if unknown := [name for name in settings.preferred_sets.split() if name not in sets]:
        raise SettingsError(
            f"preferred_sets names {', '.join(map(shown, unknown))}, but the sets of models in {settings.models} are "
            f"{', '.join(sets)}. Fix: correct the setting"
        )
    _check_sources(settings, sets)
    for name, registry in sets.items():
        tagger = load_probed(registry, registry.folder().name)
        say(_describe(tagger.manifest, name if len(sets) > 1 else ""))
    for version in settings.shadow.split():
        load_shadow(settings.models, version)
    if taken:  # as it is under systemd, which holds the port and passes it to the service alone
        say(
            f"another program listens at host {settings.host}, port {settings.port}. This is expected if it is systemd "
            "or the service that this one replaces. Fix: if it is neither, stop it, or choose another port with --port"
        )
    say("settings, keys, address and models are in order")


def _check_sources(settings: "Settings", sets: "dict[str, Registry]") -> None:
    """Verify that the sets exist that sources of webhooks name."""
    from classifier.service.http.sources import load_sources

    for source in load_sources(Path(settings.webhooks)).values() if settings.webhooks else ():
        if source.set is not None and source.set not in sets:
            raise SettingsError(
                f"{settings.webhooks}, source {source.name}: set names {shown(source.set)}, but the sets of models in "
                f"{settings.models} are {', '.join(sets)}. Fix: correct it"
            )


def _sets(settings: "Settings") -> "dict[str, Registry]":
    """Return the sets that the service will have; without any live model it is the folder of models itself."""
    from classifier.store.registry import Registry
    from classifier.store.sets import OWN, set_folders, unused_note

    if note := unused_note(settings.models):
        say(note)
    folders = set_folders(settings.models, live=True) or {OWN: settings.models}
    return {name: Registry(folder) for name, folder in folders.items()}


def _read(registry: "Registry") -> "Manifest":
    """Verify every byte of the live model. This process answers no request, so it does not score with it."""
    from classifier.store.files import read_model

    return read_model(registry.folder()).manifest


def _describe(manifest: "Manifest", set_name: str) -> str:
    n_sections = len(manifest.trained) + len(manifest.untrained)
    of_set = f"set {set_name}: " if set_name else ""
    named = "language" if len(manifest.languages) == 1 else "languages"
    return f"{of_set}model {manifest.version}: {n_sections} sections, {named} {', '.join(manifest.languages)}"
