"""``copydesk warm``."""

import importlib
import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from classifier.commands.console import Stopwatch, say
from classifier.commands.extras import TRAINING_PACKAGES

if TYPE_CHECKING:
    from classifier.terms.compiler import CompiledFunction

_SERVING, _TRAINING = "classifier.service.app", "classifier.training.publishing.run"


@click.command()
def warm() -> None:
    """Compile what the service needs, so that its first start is as quick as any other.

    With the extra “train” installed, it also compiles what training needs. The code is kept next to the program, in
    the folder that NUMBA_CACHE_DIR names, or in the user's cache folder. Run it again after an update. The code is for
    this kind of processor; on another kind, the first start compiles again.
    """
    watch = Stopwatch()
    from classifier.terms.compiler import compile_all

    has_training = all(map(find_spec, TRAINING_PACKAGES))
    for module in [_SERVING, _TRAINING] if has_training else [_SERVING]:
        importlib.import_module(module)  # each module compiles its functions when it is imported
    functions = compile_all()
    what = "serving and training" if has_training else "serving"
    n_new = sum(not function.was_kept for function in functions)
    say(f"compiled code for {what}: {len(functions)} functions, {n_new} of them new, in {watch.seconds():.1f} s")
    say(f"kept in {_folder(functions)}")


def _folder(functions: "Sequence[CompiledFunction]") -> str:
    """Return the folder that holds all folders of the code.

    Raises
    ------
    click.ClickException
        If some of it is kept nowhere.
    """
    folders = [function.folder for function in functions if function.folder]
    if unkept := len(functions) - len(folders):
        raise click.ClickException(
            f"the code of {unkept} functions cannot be kept, so every start compiles it again. Fix: set "
            "NUMBA_CACHE_DIR to a folder that only this user can write to"
        )
    return os.path.commonpath(folders)
