"""The models that tag an archive: found once, identified by a digest, and loaded by each worker."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.archive.asked import ArchiveError
from classifier.errors import ModelError, unreadable_as
from classifier.routing.set_tagger import SetTagger
from classifier.store.files import read_model
from classifier.store.manifest import MANIFEST_FILE
from classifier.store.registry import Registry
from classifier.store.sets import OWN, set_folder, set_folders
from classifier.tagger import Tagger


@dataclass(frozen=True)
class ArchiveModel:
    """The version of each set of models that tags, so that all workers use the same.

    ``folders`` holds the folder of each version by the name of its set. ``digest`` is the SHA-256 of the names and
    manifests; a manifest has the digests of all other files.
    """

    folders: Mapping[str, Path]
    preferred: tuple[str, ...]
    digest: str

    @classmethod
    def find(
        cls, models: Path, set_name: str | None = None, version: str | None = None, preferred: Sequence[str] = ()
    ) -> "ArchiveModel":
        """Find the live versions of all sets in a folder of models, or one version, as `SetTagger.load` does.

        Raises
        ------
        ModelError
            If there is no such set or version.
        """
        sets = {} if set_name or version else set_folders(models, live=True)
        if sets:
            return cls.of({name: Registry(folder).folder() for name, folder in sets.items()}, preferred)
        folder = set_folder(models, set_name, version)
        return cls.of({OWN if folder == models else folder.name: Registry(folder).folder(version)}, preferred)

    @classmethod
    def of(cls, folders: Mapping[str, Path], preferred: Sequence[str]) -> "ArchiveModel":
        """Return the model of folders of versions, with its digest.

        Raises
        ------
        ModelError
            If one of them has no manifest.
        """
        found = hashlib.sha256()
        for name, folder in sorted(folders.items()):
            with unreadable_as(ModelError, f"{folder / MANIFEST_FILE} cannot be read"):
                found.update(f"{name}\n".encode() + hashlib.sha256((folder / MANIFEST_FILE).read_bytes()).digest())
        return cls(dict(folders), tuple(preferred), found.hexdigest())

    @property
    def versions(self) -> dict[str, str]:
        """The version of each set."""
        return {name: folder.name for name, folder in self.folders.items()}

    def load(self) -> SetTagger:
        """Load the tagger of each set; every file is compared with the digest in its manifest.

        Raises
        ------
        ModelError
            If a version is damaged, or is not the one that the digest is of.
        """
        if self.of(self.folders, self.preferred).digest != self.digest:
            raise ModelError("the model was replaced after the run began. Fix: restore it, or run again with --restart")
        taggers = {}
        for name, folder in self.folders.items():
            with unreadable_as(ModelError, f"{folder} cannot be loaded"):
                taggers[name] = Tagger(read_model(folder), folder)
        return SetTagger(taggers, self.preferred)

    def check_comparable(self) -> None:
        """Check that labels can be compared with the answers of this model.

        Raises
        ------
        ArchiveError
            If there are several sets: an article's labels belong to the vocabulary of one.
        """
        if len(self.folders) > 1:
            raise ArchiveError(
                f"--changed compares with one vocabulary, but there are several sets of models: "
                f"{', '.join(sorted(self.folders))}. Fix: choose one with --set"
            )
