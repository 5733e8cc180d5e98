"""Figures of stored papers, one row each, that the dashboard counts over: written once a paper's revision is in the
index, and later for papers of before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from sqlalchemy import and_, case, delete, func, insert, or_, select

from ledger.administration import below
from ledger.reads import Reads
from ledger.tables import documents, paper_facts, requests
from ledger.writes import Writes
from schemas.manifest import Manifest

NONE = "NONE"  # a paper without a seal, a seal without a signature


@dataclass(frozen=True)
class PaperFacts:
    """What is counted of one revision: fields and those that were accepted, bytes of all stored forms, its seal."""

    revision: int
    unit: str
    type: str
    dossier: str | None
    fields: int
    accepted: int
    bytes: int
    verdict: str
    level: str

    @classmethod
    def of(cls, paper: Manifest) -> Self:
        seal = paper.seal
        return cls(
            revision=paper.revision,
            unit=paper.unit,
            type=paper.type,
            dossier=paper.dossier,
            fields=len(paper.fields),
            accepted=sum(reading.accepted for reading in paper.fields.values()),
            bytes=sum(kept.size for kept in paper.representations),
            verdict=seal.verdict if seal else NONE,
            level=seal.signatures[-1].level if seal and seal.signatures else NONE,
        )


@dataclass(frozen=True)
class PaperTotals:
    """Sums over all papers of a unit; seals by verdict and by level."""

    papers: int
    fields: int
    accepted: int
    bytes: int
    verdicts: Counter[str]
    levels: Counter[str]


@dataclass(frozen=True)
class DossierTotals:
    """Dossiers by what of them is sealed validly: any paper, a result, a result and a component; `received` counts also
    the cases that papers were asked for, `reused` those that one was released into."""

    dossiers: int
    with_result: int
    digitised: int
    received: int
    reused: int


class FactReads(Reads):
    """Sums over a unit and those below it; None is the whole ledger."""

    def paper_totals(self, top: str | None = None) -> PaperTotals:
        sums = (func.count().label("papers"), *(func.sum(paper_facts.c[name]).label(name) for name in _SUMMED))
        query = select(paper_facts.c.verdict, paper_facts.c.level, *sums).where(below(top, paper_facts.c.unit))
        rows = self._all(query.group_by(paper_facts.c.verdict, paper_facts.c.level))
        verdicts, levels = Counter[str](), Counter[str]()
        for row in rows:
            verdicts[row.verdict] += row.papers
            levels[row.level] += row.papers
        whole = {name: sum(int(getattr(row, name)) for row in rows) for name in ("papers", *_SUMMED)}
        return PaperTotals(**whole, verdicts=verdicts, levels=levels)

    def dossier_totals(self, results: Sequence[str], top: str | None = None) -> DossierTotals:
        """`results` are the types of papers that a dossier ends in."""
        sealed, result = paper_facts.c.verdict == "VALID", paper_facts.c.type.in_(results)
        has_result = func.max(case((and_(sealed, result), 1), else_=0)).label("result")
        has_part = func.max(case((and_(sealed, ~result), 1), else_=0)).label("part")
        mine = (below(top, paper_facts.c.unit), paper_facts.c.dossier.is_not(None))
        each = (
            select(paper_facts.c.dossier, has_result, has_part).where(*mine).group_by(paper_facts.c.dossier).subquery()
        )
        both = func.sum(each.c.result * each.c.part)
        count: Any = func.count().label("n")
        row = self._all(select(count, func.sum(each.c.result).label("r"), both.label("b")))[0]
        asked = select(requests.c.case).where(below(top, requests.c.unit)).distinct()
        released = asked.where(requests.c.state == "RELEASED").subquery()
        known = select(paper_facts.c.dossier).where(*mine)
        others = asked.where(requests.c.case.not_in(known)).subquery()
        return DossierTotals(
            dossiers=row.n,
            with_result=int(row.r or 0),
            digitised=int(row.b or 0),
            received=row.n + self._count(select(func.count()).select_from(others)),
            reused=self._count(select(func.count()).select_from(released)),
        )

    def uncounted(self, top: str | None = None, after: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
        """Stored papers (document, record) behind document `after` whose newest revision has no row yet."""
        stale = or_(paper_facts.c.revision.is_(None), paper_facts.c.revision < documents.c.revision)
        stored = (documents.c.revision.is_not(None), documents.c.state != "CANCELLED", documents.c.id > after)
        query = select(documents.c.id, documents.c.record).where(*stored, stale, below(top, documents.c.unit))
        query = query.outerjoin(paper_facts, paper_facts.c.document_id == documents.c.id)
        return [(row.id, row.record) for row in self._all(query.order_by(documents.c.id).limit(limit))]


class FactWrites(Writes):
    """The part of a transaction that writes figures down."""

    def put_facts(self, facts: Mapping[int, PaperFacts]) -> None:
        """By document; what stood there is replaced."""
        if facts:
            self.drop_facts(*facts)
            self._do(insert(paper_facts), [{"document_id": id} | asdict(one) for id, one in facts.items()])

    def drop_facts(self, *documents: int) -> None:
        """Papers that are none any more are not counted."""
        self._do(delete(paper_facts).where(paper_facts.c.document_id.in_(documents)))


_SUMMED = ("fields", "accepted", "bytes")
