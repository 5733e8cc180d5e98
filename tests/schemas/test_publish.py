"""What is published under docs/ is what the code says, and really describes the documents."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from schemas import publish
from schemas.evidence import FieldReading, Paper, SignatureFacts, Subject, Verdict, Witness
from schemas.manifest import Conversion, Manifest, Representation, Source
from schemas.reading import Box, PageReading, Word

DOCS = Path(__file__).parents[2] / "docs" / "schemas"
SHA = "ab" * 32
BOX = Box(x0=0.1, y0=0.1, x1=0.2, y1=0.2)
VERDICT = Verdict(
    verdict="VALID", sub="OK", policy="p", signatures=(SignatureFacts(field="Sig1", verdict="VALID", sub="OK"),)
)
READING = FieldReading(
    value="TRẦN VĂN AN",
    confidence=0.9,
    accepted=True,
    evidence=(Witness(source="ocr", value="TRẦN VĂN AN", confidence=0.9, page=1, box=BOX, engine="tesseract 5"),),
)
SUBJECT = Subject(role="owner", name="TRẦN VĂN AN", id_kind="cccd", number="048190000001")
PAPER = Paper(
    index=1, pages=(1, 2), type="t", type_name="T", type_confidence=1.0, fields={"name": READING}, subjects=(SUBJECT,)
)
PAGE = PageReading(
    page=1, width=100, height=200, dpi=200.0, source="ocr", engine="e", config="c",
    words=(Word(text="chữ", box=BOX, confidence=0.5, block=1, line=1),),
)  # fmt: skip
MANIFEST = Manifest(
    record="motlan:H48:" + "a" * 26, revision=1, unit="H48", created_at="2025-07-01T08:00:00+07:00", type="t",
    type_name="T", pages=2, source=Source(file_name="a.pdf", sha256=SHA, pages=(1, 2), batch="b"),
    conversion=Conversion(by="u", at="2025-07-01T08:00:00+07:00", software="motlan 0", reading_config="1"),
    fields={"name": READING}, subjects=(SUBJECT,), seal=VERDICT,
    representations=(Representation(role="original", sha256=SHA, size=1, media_type="application/pdf"),),
)  # fmt: skip
EXAMPLES = {"manifest": MANIFEST, "page-reading": PAGE, "paper": PAPER, "verdict": VERDICT}


def test_published_files_are_up_to_date() -> None:
    for path, content in publish.files(DOCS).items():
        assert path.read_text(encoding="utf-8") == content, f"run: python -m schemas.publish docs/schemas ({path.name})"


def test_nothing_else_lies_among_the_schemas() -> None:
    assert {path.name for path in DOCS.iterdir()} == {f"{name}.schema.json" for name in publish.PUBLISHED}


def test_main_writes_all_files(tmp_path: Path) -> None:
    publish.main(tmp_path / "docs" / "schemas")
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert "docs/errors.md" in written and len(written) == len(publish.PUBLISHED) + 1


@pytest.mark.parametrize("name", publish.PUBLISHED)
def test_the_schema_is_one_and_accepts_what_the_code_writes(name: str) -> None:
    found = json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    document = json.loads(EXAMPLES[name].model_dump_json(by_alias=True))
    jsonschema.validate(document, found)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"unheard_of": 1}, found)
    for required in found["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in document.items() if k != required}, found)


def test_the_error_list_names_every_code_once() -> None:
    table = publish.errors_table()
    codes = [row.split("`")[1] for row in table.splitlines() if row.startswith("| `")]
    assert codes == sorted({cls.code for cls in publish.error_classes()})
    assert {"EMPTY_FILE", "INTERNAL", "INDEX_KEY_MISSING"} <= set(codes)
    assert all(row.count("|") - row.count("\\|") == 5 for row in table.splitlines() if row.startswith("| "))
