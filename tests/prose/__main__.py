"""Print the sentences that break a rule of rules.yml, a line each; exit code 1 if there is one, 2 if textlint fails."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.prose.sources import sentences

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: where `make prose` puts textlint
TEXTLINT = Path(sys.prefix) / "prose" / "node_modules"
PAGES = ("*.md", "docs/**/*.md", "benchmarks/*.md", "training_data/**/*.md", "models/*.md", "integrations/*/*.md")
CODE = (
    "classifier/**/*.py",
    "classifier/**/templates/*.j2",
    "integrations/wordpress/copydesk/**/*.php",
    "integrations/wordpress/copydesk/**/*.js",
)


class Finding(NamedTuple):
    """A sentence that breaks a rule: its file, its line, the words, and the rule's message."""

    file: Path
    line: int
    words: str
    message: str

    def __str__(self) -> str:
        """Return the finding as linters print theirs."""
        file = self.file.relative_to(ROOT) if self.file.is_relative_to(ROOT) else self.file
        return f"{file}:{self.line}: {self.message} [{self.words}]"


def check(files: Iterable[Path]) -> list[Finding]:
    """Return what textlint finds in pages (Markdown) and in the sentences of files of code.

    Raises
    ------
    RuntimeError
        If textlint is not installed, or ends otherwise than with a result.
    """
    if not (TEXTLINT / ".bin" / "textlint").exists():
        raise RuntimeError("textlint is not installed; run “make prose”, which installs it")
    with TemporaryDirectory() as folder:
        sources: dict[Path, tuple[Path, list[int]]] = {}
        for number, file in enumerate(files):
            copy = Path(folder) / f"{number}{'.md' if file.suffix == '.md' else '.txt'}"
            lines = []
            if file.suffix == ".md":
                copy.write_text(file.read_text())
            else:
                found = sentences(file)
                copy.write_text("".join(f"{s.text}\n\n" for s in found))
                lines = [line for s in found for line in (s.line, s.line)]
            if copy.stat().st_size:
                sources[copy.resolve()] = (file, lines)
        return [f for result in _textlint(sources) for f in _findings(result, *sources[Path(result["filePath"])])]


def _textlint(files: Iterable[Path]) -> list[dict]:
    command = [TEXTLINT / ".bin" / "textlint", "--config", HERE / "rules.yml", "--rules-base-directory", TEXTLINT]
    # node may be the one of the environment, which need not be active
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    ended = subprocess.run(
        [*command, "--format", "json", *files],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": path},
    )
    try:
        return json.loads(ended.stdout)
    except ValueError:
        raise RuntimeError(f"textlint gave no result: {ended.stdout}{ended.stderr}") from None


def _findings(result: dict, file: Path, lines: list[int]) -> Iterable[Finding]:
    text = Path(result["filePath"]).read_text()
    for message in result["messages"]:
        line = lines[message["line"] - 1] if lines else message["line"]
        words = text[slice(*message["range"])]
        yield Finding(file, line, " ".join(words.split()), message["message"])


def named(patterns: Iterable[str]) -> list[Path]:
    """Return the project's files that match the patterns."""
    return sorted({file for pattern in patterns for file in ROOT.glob(pattern)})


def main() -> None:
    """Check the files or groups (pages, code) named on the command line; without any, all."""
    groups = {"pages": named(PAGES), "code": named(CODE)}
    files = [f for name in sys.argv[1:] or groups for f in groups.get(name) or [Path(name).resolve()]]
    try:
        findings = check(files)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} sentences break a rule of tests/prose/rules.yml", file=sys.stderr)
        raise SystemExit(1)


if __name__ == "__main__":
    main()
