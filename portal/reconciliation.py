"""Is a batch whole? Expected = scanned = split = read = stored, and every difference is named with its file.

What was expected is told by whoever dropped the batch, by header and separator sheets, and by a register; the rest
comes from the ledger and, for what is stored, from the manifests themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.register import Row
from ledger import DocumentRow, Expectation, FileRow, Join
from ledger.joining import MOVING_JOIN
from portal.parts import Parts
from schemas.errors import (
    BatchFilesDiffer,
    BatchPagesDiffer,
    BatchPapersDiffer,
    FileWithoutRegisterRow,
    MotlanError,
    OnlySeparators,
    PagesNotRead,
    PagesOutsidePapers,
    PaperNotStored,
    RegisterPagesDiffer,
    RegisterRowUnused,
    RegisterRowWithoutFile,
    SeparatorUnread,
    SeparatorUntrusted,
    SheetPagesDiffer,
    SheetsContradict,
    StoredPagesDiffer,
    by_code,
)
from schemas.manifest import Manifest
from worker.registers import NamedRegister, registers_of, rows_about

# Notices of a file that may mean a wrong split or count; others (a name in another spelling) do not.
_DOUBTFUL = (OnlySeparators, RegisterRowUnused, SeparatorUnread, SeparatorUntrusted)
ON_THE_WAY = ("RECEIVED", "READING", "UNDERSTOOD", "WAITING")


@dataclass(frozen=True)
class Announced:
    """What one source says the batch holds; numbers it did not give are None."""

    source: str
    files: int | None = None
    papers: int | None = None
    pages: int | None = None


@dataclass
class FileAccount:
    """One file: pages scanned, of them separator sheets (`apart`), blank ones and those read; papers found and stored;
    the urgency stamps on them; and what differs. A `joined` file was made of others: its paper is counted here, its
    pages where they came."""

    file: str
    state: str
    joined: bool = False
    pages: int = 0
    apart: int = 0
    blank: int = 0
    read: int = 0
    papers: int = 0
    stored: int = 0
    stored_pages: int = 0
    urgency: list[str] = field(default_factory=list)
    wrong: list[MotlanError] = field(default_factory=list)

    @property
    def in_papers(self) -> int:
        """Pages without separator sheets."""
        return self.pages - self.apart


@dataclass
class Reconciliation:
    """The account of a batch. Totals are only compared with what was expected once nothing moves any more."""

    batch: int
    finished: bool
    expected: list[Announced]
    files: list[FileAccount]
    registers: list[NamedRegister]
    wrong: list[MotlanError] = field(default_factory=list)

    def found(self) -> dict[str, int]:
        """The sums over all files; only those that were handed in are counted themselves."""
        sums = ("pages", "apart", "blank", "read", "papers", "stored", "stored_pages")
        return {"files": sum(not f.joined for f in self.files)} | {
            name: sum(getattr(f, name) for f in self.files) for name in sums
        }

    def as_json(self) -> dict[str, Any]:
        """The shape of `motlan status BATCH --json` (docs/cli.md)."""
        lists = [
            {
                "file": one.name,
                "rows": len(one.register.rows),
                "reasons": [bad.as_reason() for bad in one.register.wrong],
            }
            for one in self.registers
        ]
        files = [_told(account) for account in self.files]
        whole = [{"file": None, **error.as_reason()} for error in self.wrong]
        rows = [{"file": one["file"], **reason} for one in (*lists, *files) for reason in one["reasons"]]
        return {
            "batch": self.batch,
            "finished": self.finished,
            "expected": [vars(announced) for announced in self.expected],
            "found": self.found(),
            "files": files,
            "registers": lists,
            "wrong": [*whole, *rows],
        }


def reconcile(parts: Parts, batch: int) -> Reconciliation:
    """The account of a batch. Raises NoSuchRow."""
    row = parts.ledger.batch(batch)
    announced = parts.ledger.expectations(batch)
    registers = registers_of(parts, batch)
    joins = parts.ledger.joins(batch)
    over = {one.file_id for one in joins if one.state in ("PARTED", "FAILED")}
    files = [file for file in parts.ledger.files(batch_id=batch) if file.id not in over]
    used: set[int] = set()
    accounts = [_account(parts, file, announced, registers, joins, used) for file in files]
    lines = [line for one in registers for line in one.register.rows]
    result = Reconciliation(
        batch=batch,
        finished=parts.ledger.batch_progress(batch).finished,
        expected=_expected(row.expected_files, announced, lines),
        files=accounts,
        registers=registers,
    )
    result.wrong += _contradictions(announced)
    result.wrong += [RegisterRowWithoutFile(row=line.number) for line in lines if id(line) not in used]
    if result.finished:
        result.wrong += _totals(result)
    return result


def _expected(files: int | None, announced: Sequence[Expectation], lines: Sequence[Row]) -> list[Announced]:
    found = [Announced("drop", files=files)] if files is not None else []
    found += [Announced("option", papers=one.papers, pages=one.pages) for one in announced if one.source == "option"]
    headers = {one.code: one for one in announced if one.source == "header"}.values()
    if headers:
        papers, pages = _sum(one.papers for one in headers), _sum(one.pages for one in headers)
        found.append(Announced("header", papers=papers, pages=pages))
    if lines:
        found.append(Announced("register", papers=len(lines), pages=_sum(line.pages for line in lines)))
    return found


def _sum(numbers: Iterable[int | None]) -> int | None:
    """The sum, unless one of them is unknown."""
    known = list(numbers)
    return None if None in known else sum(number or 0 for number in known)


def _contradictions(announced: Sequence[Expectation]) -> list[MotlanError]:
    """The same batch code on header sheets with different numbers."""
    said: dict[str, set[tuple[int | None, int | None]]] = {}
    for one in announced:
        if one.source == "header":
            said.setdefault(one.code, set()).add((one.papers, one.pages))
    return [SheetsContradict(sheet=code) for code, numbers in said.items() if len(numbers) > 1]


def _totals(result: Reconciliation) -> list[MotlanError]:
    found = result.found()
    papers, files = found["papers"], found["files"]
    pages = found["pages"] - found["apart"]
    wrong: list[MotlanError] = []
    for one in result.expected:
        if one.files is not None and one.files != files:
            wrong.append(BatchFilesDiffer(source=one.source, expected=one.files, found=files))
        if one.papers is not None and one.papers != papers:
            wrong.append(BatchPapersDiffer(source=one.source, expected=one.papers, found=papers))
        if one.pages is not None and not _as_expected(one.pages, pages, found["blank"]):
            wrong.append(BatchPagesDiffer(source=one.source, expected=one.pages, found=pages))
    return wrong


def _as_expected(expected: int, pages: int, blank: int) -> bool:
    """People count what is written; a duplex scanner counts the empty backs too."""
    return expected in (pages, pages - blank)


def _account(
    parts: Parts,
    file: FileRow,
    announced: Sequence[Expectation],
    registers: Sequence[NamedRegister],
    joins: Sequence[Join],
    used: set[int],
) -> FileAccount:
    """One file; a duplicate answers with what became of the file it was linked to. Rows that speak about it go to
    `used`."""
    if any(one.file_id == file.id for one in joins):
        return _joined(parts, file)
    first = parts.ledger.file(file.duplicate_of) if file.duplicate_of else file
    account = FileAccount(file.path_shown or file.name, file.state, pages=first.pages or 0)
    rows = rows_about(parts, file, registers)
    used.update(map(id, rows))
    if registers and not rows:
        account.wrong.append(FileWithoutRegisterRow())
    if file.reason is not None:
        account.wrong.append(by_code(str(file.reason.get("code")))(**file.reason.get("details", {})))
        return account
    account.wrong += [told() for told in _DOUBTFUL if told.code in file.notices]
    pages = parts.ledger.pages(first.id)
    apart = {page.page for page in pages if page.state == "APART"}
    account.apart, account.read = len(apart), sum(page.state != "READING" for page in pages)
    documents, manifests = _stored_papers(parts, first, account)
    if first.state in ON_THE_WAY:
        return account
    held: list[tuple[int, ...]] = [one.pages for one in documents]
    for join, source in ((one, source) for one in joins for source in one.sources if source.file_id == first.id):
        if join.state in MOVING_JOIN and not documents:
            return account
        gone = [parts.ledger.document(number) for number in source.papers] if join.state == "JOINED" else []
        held += [one.pages for one in gone] if gone or join.state != "JOINED" else [source.pages]
        documents = [*documents, *gone]
        manifests = [*manifests, *(parts.records.head(one.record) for one in gone)]
    account.wrong += _page_differences(account, held, apart)
    own = [one for one in announced if one.file_id == first.id]
    blank = _blank_pages(documents, manifests)
    account.wrong += _behind_sheets(own, account.pages, apart, blank)
    account.wrong += _against_rows(rows, held, blank)
    return account


def _joined(parts: Parts, file: FileRow) -> FileAccount:
    account = FileAccount(file.path_shown or file.name, file.state, joined=True)
    _stored_papers(parts, file, account)
    return account


def _stored_papers(
    parts: Parts, file: FileRow, account: FileAccount
) -> tuple[list[DocumentRow], list[Manifest | None]]:
    """The papers of a file with their manifests, counted."""
    documents = [one for one in parts.ledger.documents(file_id=file.id) if one.state != "CANCELLED"]
    account.papers = len(documents)
    manifests = [parts.records.head(one.record) if one.revision else None for one in documents]
    for document, manifest in zip(documents, manifests, strict=True):
        _stored(account, document, manifest)
    return documents, manifests


def _stored(account: FileAccount, document: DocumentRow, manifest: Manifest | None) -> None:
    if manifest is None:
        if account.state not in ON_THE_WAY:
            account.wrong.append(PaperNotStored(paper=document.index))
        return
    account.stored += 1
    account.stored_pages += len(manifest.source.pages)
    account.blank += len(manifest.blank_pages)
    account.urgency += [manifest.urgency] if manifest.urgency else []
    if manifest.source.pages != document.pages:
        found, expected = len(manifest.source.pages), len(document.pages)
        account.wrong.append(StoredPagesDiffer(paper=document.index, found=found, expected=expected))


def _page_differences(account: FileAccount, papers: Sequence[Sequence[int]], apart: set[int]) -> list[MotlanError]:
    wrong: list[MotlanError] = []
    if account.read < account.pages:
        wrong.append(PagesNotRead(pages=account.pages - account.read))
    held = apart.union(*papers)
    if account.read == account.pages > len(held):
        wrong.append(PagesOutsidePapers(pages=account.pages - len(held)))
    return wrong


def _blank_pages(documents: Sequence[DocumentRow], manifests: Sequence[Manifest | None]) -> set[int]:
    """The file's blank pages: a manifest counts within its paper."""
    pairs = zip(documents, manifests, strict=True)
    return {one.pages[n - 1] for one, kept in pairs if kept is not None for n in kept.blank_pages}


def _behind_sheets(own: Sequence[Expectation], pages: int, apart: set[int], blank: set[int]) -> list[MotlanError]:
    """Each separator against the pages from it to the next sheet."""
    places = sorted({one.page for one in own if one.page is not None})
    wrong: list[MotlanError] = []
    for one in own:
        if one.source != "separator" or one.pages is None or one.page is None:
            continue
        end = next((place for place in places if place > one.page), pages + 1)
        behind = set(range(one.page + 1, end)) - apart
        if not _as_expected(one.pages, len(behind), len(behind & blank)):
            wrong.append(SheetPagesDiffer(sheet=one.code, page=one.page, expected=one.pages, found=len(behind)))
    return wrong


def _against_rows(rows: Sequence[Row], papers: Sequence[Sequence[int]], blank: set[int]) -> list[MotlanError]:
    """Each row with a number of pages against the pages of the paper it speaks about, or the whole file where it names
    no page."""
    wrong: list[MotlanError] = []
    for row in rows:
        held = {page for one in papers if row.first_page is None or row.first_page in one for page in one}
        if row.pages is not None and not _as_expected(row.pages, len(held), len(held & blank)):
            wrong.append(RegisterPagesDiffer(row=row.number, expected=row.pages, found=len(held)))
    return wrong


def _told(account: FileAccount) -> dict[str, Any]:
    plain = {name: value for name, value in vars(account).items() if name != "wrong"}
    return plain | {"reasons": [error.as_reason() for error in account.wrong]}
