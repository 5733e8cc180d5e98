"""`motlan types`: the example of docs/adding-a-document-type.md works as it stands there; scans are compared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ingest.understand import understand
from motlan.cli import app
from motlan.commands import types
from motlan.typeexamples import Example, judged, load_examples
from schemas.errors import BadSetting
from schemas.reading import PageReading
from schemas.types import TypeCatalogue
from specimens import make_paper
from specimens.scans import write_paper
from tests.ingest.written import Row, centred, page, read_again

DOC = Path("docs/adding-a-document-type.md").read_text("utf-8")


def block(language: str) -> str:
    """The document's example in that language."""
    (text,) = re.findall(rf"```{language}\n(.*?)```", DOC, re.S)
    return str(text)


def confirmation(degree: str = "Nặng") -> PageReading:
    """The page that the document shows, as a reader would report it."""
    lines = block("text").splitlines()
    left = [centred(0.06 + 0.02 * i, line.split("   ")[0].strip(), middle=0.25) for i, line in enumerate(lines[:2])]
    right = [centred(0.0601 + 0.02 * i, line.split("   ")[-1].strip(), middle=0.68) for i, line in enumerate(lines[:2])]
    rows = [Row(0.12, 0.10, lines[2]), centred(0.16, lines[3].strip())]
    for number, line in enumerate(lines[4:]):
        first, _, second = line.replace("Nặng", degree).partition("    ")
        rows.append(Row(0.12, 0.22 + 0.03 * number, first))
        rows += [Row(0.6, 0.22 + 0.03 * number, second.strip())] if second else []
    return page(*left, *right, *rows)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A data folder with the example as the unit's own type."""
    folder = tmp_path / "data" / "document_types"
    folder.mkdir(parents=True)
    (folder / "giay_xac_nhan_khuyet_tat.toml").write_text(block("toml"), "utf-8")
    return folder


def run(unit: Path, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["--data", str(unit.parent), "types", *map(str, arguments)])


def test_the_documents_example_has_no_faults_and_nothing_doubtful(unit: Path) -> None:
    done = run(unit, "check", unit / "giay_xac_nhan_khuyet_tat.toml", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "file": "giay_xac_nhan_khuyet_tat.toml",
        "id": "disability_confirmation",
        "remarks": [],
    }


def test_the_documents_page_is_understood_with_the_documents_type(unit: Path) -> None:
    types = TypeCatalogue.load(unit)
    reading = read_again(confirmation(), sure=0.85)
    (paper,) = understand([reading], file_name="mau-1.pdf", signatures=None, types=types).papers
    assert (paper.type, paper.access_level, paper.doubts) == ("disability_confirmation", "sensitive", ())
    assert {name: reading.value for name, reading in paper.fields.items()} == {
        "number": "12/2024",
        "full_name": "Lê Thị Thu Hương",
        "birth_date": "1975-02-05",
        "sex": "Nữ",
        "personal_id": "051175990123",
        "address": "Thôn Đông, xã Bình Mẫu, tỉnh Quảng Ngãi",
        "disability_kind": "Vận động",
        "degree": "Nặng",
    }
    assert [subject.name for subject in paper.subjects] == ["Lê Thị Thu Hương"]
    assert not paper.fields["number"].accepted
    assert paper.fields["personal_id"].accepted


@pytest.mark.parametrize(("degree", "right"), [("Nặng", True), ("Nhẹ", False)])
def test_an_example_is_compared_field_by_field(unit: Path, tmp_path: Path, degree: str, right: bool) -> None:
    (tmp_path / "truth.csv").write_text(block("csv"), "utf-8")
    (tmp_path / "mau-1.pdf").touch()
    (example,) = load_examples(tmp_path)
    outcome = judged(example, lambda _: [confirmation(degree)], TypeCatalogue.load(unit))
    assert (outcome.named, outcome.papers, outcome.right) == ("disability_confirmation", 1, right)
    compared = {field.name: field.right for field in outcome.fields}
    assert compared["birth_date"] is True, "a day may be written as on the paper"
    assert compared["degree"] is right
    assert compared["address"] is None, "nothing was expected of it"


def test_truth_may_be_a_toml_file_or_come_from_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    (tmp_path / "truth.toml").write_text('[[paper]]\nfile = "a.pdf"\ntype = "x"\nfields = { number = "1" }\n', "utf-8")
    wanted = [Example(tmp_path / "a.pdf", "x", {"number": "1"})]
    assert load_examples(tmp_path) == wanted
    (tmp_path / "truth.csv").write_text("file;type;number;sex\na.pdf;x;1;\n", "utf-8-sig")
    assert load_examples(tmp_path) == wanted


@pytest.mark.parametrize(
    ("truth", "said"),
    [(None, "truth.csv"), ("file,type\n,x\n", "line 2"), ("file,type\nb.pdf,x\n", "b.pdf")],
)
def test_what_is_wrong_with_the_examples_is_told(tmp_path: Path, truth: str | None, said: str) -> None:
    if truth is not None:
        (tmp_path / "truth.csv").write_text(truth, "utf-8")
    with pytest.raises(BadSetting, match=re.escape(said)):
        load_examples(tmp_path)


@pytest.mark.parametrize(("type_id", "field"), [("nowhere", "x"), ("disability_confirmation", "nothing")])
def test_an_example_of_an_unknown_type_or_field_is_told(unit: Path, type_id: str, field: str) -> None:
    example = Example(unit / "a.pdf", type_id, {field: "1"})
    with pytest.raises(BadSetting, match=r"unknown type|no field"):
        judged(example, lambda _: [confirmation()], TypeCatalogue.load(unit))


def test_types_are_listed_with_where_they_come_from(unit: Path) -> None:
    rows = [json.loads(line) for line in run(unit, "list", "--json").stdout.splitlines()]
    sources = {row["id"]: row["source"] for row in rows}
    assert sources["disability_confirmation"] == "unit"
    assert sources["birth_certificate"] == "built-in"
    assert "của đơn vị" in run(unit, "list").stdout


def test_faults_are_shown_with_line_and_advice_and_tell_by_the_exit_code(unit: Path) -> None:
    path = unit / "giay_xac_nhan_khuyet_tat.toml"
    path.write_text(block("toml").replace('kind = "cccd"', 'kind = "cccc"'), "utf-8")
    done = run(unit, "check")
    assert done.exit_code == 1
    assert "“cccc” không phải giá trị dùng được" in done.stdout
    assert "→ Chọn một trong" in done.stdout


def test_a_number_that_the_index_would_show_is_a_fault(unit: Path) -> None:
    path = unit / "giay_xac_nhan_khuyet_tat.toml"
    path.write_text(block("toml").replace('"personal_id"', '"so_dinh_danh"'), "utf-8")
    done = run(unit, "check", path)
    assert done.exit_code == 1
    assert "lộ trong chỉ mục" in done.stdout


def test_a_scan_is_read_and_compared(unit: Path, tmp_path: Path) -> None:
    paper = make_paper("judicial_record", 2, layout="number1")
    write_paper(paper, tmp_path / "phiếu.jpg")
    names = ("full_name", "birth_date", "personal_id")
    cells = ",".join(paper.fields[name] for name in names)
    (tmp_path / "truth.csv").write_text(f"file,type,{','.join(names)}\nphiếu.jpg,judicial_record,{cells}\n", "utf-8")
    done = run(unit, "check", unit / "giay_xac_nhan_khuyet_tat.toml", "--examples", tmp_path, "--json")
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert (outcome["named"], outcome["right"], done.exit_code) == ("judicial_record", True, 0)


def test_an_outcome_is_shown_as_a_table(unit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "truth.csv").write_text(block("csv"), "utf-8")
    (tmp_path / "mau-1.pdf").touch()
    monkeypatch.setattr(types, "_reader", lambda *_: lambda _: [confirmation("Nhẹ")])
    done = run(unit, "check", unit / "giay_xac_nhan_khuyet_tat.toml", "--examples", tmp_path)
    assert done.exit_code == 1
    assert re.search(r"✗\s+degree\s+Nhẹ\s+Nặng\s+có", done.stdout)
    assert re.search(r"✓\s+sex\s+Nữ\s+Nữ\s+có", done.stdout)
