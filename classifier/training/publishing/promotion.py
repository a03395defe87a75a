"""The decision of a training run: whether the version that it wrote goes live."""

from dataclasses import dataclass

from classifier.errors import NotPromotedError
from classifier.store.registry import Registry
from classifier.training.publishing.gate import Verdict


@dataclass(frozen=True)
class PromotionOutcome:
    """Whether a new version is live, and why.

    ``forced`` is true if it is live although the gate refused it. ``refused`` is true if it was to go live but was not
    allowed to; it is false if the run has ``no_promote``. ``fix`` is what to do about a refusal, in the imperative,
    with ``{version}`` for the version; empty for the usual advice.
    """

    promoted: bool
    reason: str
    forced: bool = False
    refused: bool = False
    fix: str = ""


def promote_by_verdict(
    registry: Registry, version: str, verdict: Verdict, *, no_promote: bool = False, force: bool = False
) -> PromotionOutcome:
    """Promote a version if the gate allows it or ``force`` is set, unless ``no_promote`` is set.

    Parameters
    ----------
    registry : Registry
    version : str
        The version that was judged.
    verdict : Verdict
        The verdict of the gate; it names the live version that the new one was compared with.
    no_promote : bool
        Leave the live version as it is, whatever the verdict.
    force : bool
        Promote although the gate refuses; the history records it.

    Raises
    ------
    ModelError
        If the version cannot be read, or the folder of models cannot be written to. The live version stays.
    """
    if no_promote:
        return PromotionOutcome(promoted=False, reason=verdict.reason)
    if not verdict.allowed and not force:
        return PromotionOutcome(promoted=False, reason=verdict.reason, refused=True, fix=verdict.fix)
    forced = not verdict.allowed
    try:
        registry.promote(version, forced=forced, note=verdict.reason, over=verdict.current)
    except NotPromotedError as error:  # another version went live after the verdict
        return PromotionOutcome(promoted=False, reason=str(error), refused=True)
    return PromotionOutcome(promoted=True, reason=verdict.reason, forced=forced)
