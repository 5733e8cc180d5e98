"""veraPDF, the PDF/A judge that is not our code: had from Maven Central once, then run on many files in one JVM.

By hand, from the repository's root: `python -m tests.judges.verapdf FILE-OR-FOLDER…` prints a table; exit code 1 when
any file is not PDF/A-2b.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

VERSION = "1.28.2"
_POM = Path(__file__).with_name("pom.xml")
_MAIN = "org.verapdf.apps.GreenfieldCliWrapper"
_UNPARSABLE = 7  # veraPDF's exit code when a file is no PDF; its report then still names the others


class JudgeMissing(Exception):
    """The judge cannot be run; the message names what to install."""


@dataclass(frozen=True)
class Judgement:
    """veraPDF's word on one file; `failures` names clause, test and place of each broken rule."""

    path: Path
    compliant: bool
    failures: tuple[str, ...]


def judge(paths: Sequence[Path]) -> dict[Path, Judgement]:
    """Judge all files in one JVM (3 s for the first, some 10 ms for each further one)."""
    if not paths:
        return {}
    command = [
        "java",
        "-cp",
        class_path(),
        _MAIN,
        "--flavour",
        "2b",
        "--format",
        "json",
        "--nonpdfext",
        *map(str, paths),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode not in (0, 1, _UNPARSABLE):
        raise JudgeMissing(f"veraPDF ended with {done.returncode}: {done.stderr[-500:]}")
    report = json.loads(done.stdout[done.stdout.index("{") :])
    found = {Path(job["itemDetails"]["name"]).resolve(): job for job in report["report"]["jobs"]}
    return {path: _judgement(path, found.get(path.resolve())) for path in paths}


def _judgement(path: Path, job: dict[str, object] | None) -> Judgement:
    results = job.get("validationResult") if job else None
    if not isinstance(results, list) or not results:
        return Judgement(path, False, ("not parsed",))
    rules = results[0]["details"]["ruleSummaries"]
    failures = tuple(
        f"{rule['clause']}-{rule['testNumber']} {rule['description'][:80]} @ {rule['checks'][0]['context'][-120:]}"
        for rule in rules
        if rule["status"] == "failed"
    )
    return Judgement(path, bool(results[0]["compliant"]), failures)


def class_path() -> str:
    """Java's class path of veraPDF; resolved by Maven on the first call, then from the user's cache folder."""
    for program, package in (("java", "default-jre-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            raise JudgeMissing(f"{program} is missing: apt-get install {package} (needed for the PDF/A judge)")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "motlan" / "judges"
    known = cache / f"verapdf-{VERSION}.classpath"
    if not known.exists() or not all(Path(jar).exists() for jar in known.read_text().split(os.pathsep)):
        cache.mkdir(parents=True, exist_ok=True)
        draft = known.with_suffix(f".{os.getpid()}")
        command = ["mvn", "-B", "-q", "-f", str(_POM), "dependency:build-classpath", f"-Dmdep.outputFile={draft}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode != 0:
            raise JudgeMissing(f"Maven could not fetch veraPDF {VERSION}: {(done.stdout + done.stderr)[-800:]}")
        draft.replace(known)
    return known.read_text().strip()


def _files(arguments: Iterable[str]) -> list[Path]:
    paths = [Path(argument) for argument in arguments]
    return [file for path in paths for file in (sorted(path.rglob("*.pdf")) if path.is_dir() else [path])]


def main(arguments: Sequence[str]) -> int:
    """Print a table of all files; 1 when any is not compliant."""
    judged = judge(_files(arguments))
    for path, judgement in judged.items():
        print(f"{'pass' if judgement.compliant else 'FAIL'}  {path}")
        for failure in judgement.failures:
            print(f"      {failure}")
    passed = sum(judgement.compliant for judgement in judged.values())
    print(f"{passed} of {len(judged)} are PDF/A-2b by veraPDF {VERSION}")
    return 0 if passed == len(judged) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
