"""Judges that are not our code: veraPDF on every kind of archival PDF, before and after sealing, with and without the
stamp; qpdf and pdftotext on the same files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.archival import Route, compose
from signing.keys import SoftKey, make_soft_key
from signing.seal import seal
from signing.stamp import StampFacts, StampProfile
from tests.judges import samples, verapdf
from tests.judges.verapdf import Judgement, JudgeMissing

NAMES = tuple(samples.MAKERS)


@dataclass(frozen=True)
class Made:
    """What the real way made of one sample."""

    route: Route
    plain: Path
    sealed: Path
    stamped: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    folder = tmp_path_factory.mktemp("judged")
    make_soft_key(folder / "keys", "Ủy ban nhân dân xã Mẫu", "H00.01")
    key, now = SoftKey.load(folder / "keys"), datetime.now(UTC)
    facts, profile = StampFacts("SAO Y", "Ủy ban nhân dân xã Mẫu", now), StampProfile.load("copy-nd30")
    results = {}
    for name in NAMES:
        sample = samples.make(name, folder)
        plain, sealed, stamped = (folder / f"{name}.{kind}.pdf" for kind in ("plain", "sealed", "stamped"))
        route = compose(sample.original, sample.kind, sample.pages, sample.readings, plain, samples.META)
        seal(plain, sealed, key, at=now)
        seal(plain, stamped, key, at=now, stamp=profile, facts=facts)
        results[name] = Made(route, plain, sealed, stamped)
    return results


@pytest.fixture(scope="module")
def judged(made: dict[str, Made]) -> dict[Path, Judgement]:
    return verapdf.judge([path for one in made.values() for path in (one.plain, one.sealed, one.stamped)])


@pytest.mark.judge
@pytest.mark.parametrize("form", ["plain", "sealed", "stamped"])
@pytest.mark.parametrize("name", NAMES)
def test_verapdf_calls_it_pdfa_2b(made: dict[str, Made], judged: dict[Path, Judgement], name: str, form: str) -> None:
    judgement = judged[getattr(made[name], form)]
    assert judgement.compliant, judgement.failures


@pytest.mark.judge
def test_verapdf_can_say_no(made: dict[str, Made], tmp_path: Path) -> None:
    """A judge that never refuses is no judge: an unembedded font, and a file that is no PDF."""
    bare = samples.make("born-digital-bare", tmp_path).original
    junk = tmp_path / "junk.pdf"
    junk.write_bytes(b"%PDF-1.4 junk")
    found = verapdf.judge([bare, junk, made["jpeg"].plain])
    assert [found[path].compliant for path in (bare, junk, made["jpeg"].plain)] == [False, False, True]
    assert any("font" in failure.lower() for failure in found[bare].failures)


@pytest.mark.parametrize("name", NAMES)
def test_qpdf_finds_nothing(made: dict[str, Made], name: str) -> None:
    for path in (made[name].plain, made[name].sealed, made[name].stamped):
        done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_the_same_after_sealing(made: dict[str, Made], name: str) -> None:
    plain, sealed = (
        subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout
        for path in (made[name].plain, made[name].sealed)
    )
    assert plain == sealed


@pytest.mark.parametrize("program", ["java", "mvn"])
def test_a_missing_judge_names_its_package(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """No silent skip: without the judge the suite fails and says what to install."""

    def which(other: Callable[[str], str | None]) -> Callable[[str], str | None]:
        return lambda name: None if name == program else other(name)

    monkeypatch.setattr(verapdf.shutil, "which", which(verapdf.shutil.which))
    with pytest.raises(JudgeMissing, match=r"apt-get install (default-jre-headless|maven)"):
        verapdf.class_path()
