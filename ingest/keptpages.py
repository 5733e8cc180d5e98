"""Pages of an incoming PDF made fit for the archive without touching what they show: visible annotations become page
content, what can act or hide is dropped, an older invisible text layer makes room for ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pikepdf
from pikepdf import Array, Name

_SHOWS = {"Tj", "TJ", "'", '"'}
_ACTIVE = ("/AA", "/Metadata", "/PieceInfo", "/Tabs", "/StructParents", "/B", "/Thumb", "/PresSteps", "/Trans", "/Dur")
_ROOT, _TRAILER = {"/Type", "/Pages"}, {"/Root", "/Size", "/ID"}
_RESOURCES = ("/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font", "/ProcSet", "/Properties")


@contextmanager
def taken(original: Path, pages: Sequence[int]) -> Iterator[pikepdf.Pdf]:
    """The given pages (from 1) of the original, in that order, as a PDF that has nothing else; picture streams stay as
    they are. Pages are dropped from the opened file: a copy would hold every picture in memory."""
    wanted = set(pages)
    if len(pages) != len(wanted):
        raise ValueError("a page stands twice")
    with pikepdf.open(original) as pdf:
        if Name.AcroForm in pdf.Root:
            del pdf.Root["/AcroForm"]  # else its default fonts are merged into every appearance
        pdf.flatten_annotations("screen")
        for number in range(len(pdf.pages), 0, -1):  # from the end: a page dropped moves all that follow
            if number not in wanted:
                del pdf.pages[number - 1]
        if list(pages) != sorted(wanted):
            stand = dict(zip(sorted(wanted), list(pdf.pages), strict=True))
            del pdf.pages[:]
            pdf.pages.extend(stand[number] for number in pages)
        for key in set(pdf.Root.keys()) - _ROOT:
            del pdf.Root[key]
        for key in set(pdf.trailer.keys()) - _TRAILER:
            del pdf.trailer[key]
        for page in pdf.pages:
            _quieten(page)
            _prune(page.obj, set())
        yield pdf


def hides_layers(original: Path) -> bool:
    """Whether the PDF has layers that a viewer may show or hide: copying its pages alone would change what is seen."""
    with pikepdf.open(original) as source:
        return Name.OCProperties in source.Root


def _quieten(page: pikepdf.Page) -> None:
    for key in _ACTIVE:
        if key in page.obj:
            del page.obj[key]
    if Name.Annots in page.obj:
        links = [annot for annot in page.obj.Annots if _is_web_link(annot)]
        if links:
            page.obj.Annots = Array(links)
        else:
            del page.obj["/Annots"]


def _prune(holder: pikepdf.Object, seen: set[tuple[int, int]]) -> None:
    """Keep only the resources that a page or form really uses: what is never shown must not make it invalid."""
    resources = holder.get(Name.Resources)
    if not isinstance(resources, pikepdf.Dictionary):
        return
    resources = holder.Resources = pikepdf.Dictionary(dict(resources.items()))
    used = _used_names(holder)
    for key in list(resources.keys()):
        if key not in _RESOURCES:
            del resources[key]
    for kind in ("/XObject", "/Font"):
        entries = resources.get(kind)
        if isinstance(entries, pikepdf.Dictionary):
            kept = {name: value for name, value in entries.items() if name in used}
            resources[kind] = pikepdf.Dictionary(kept)
            for form in kept.values():
                if form.get(Name.Subtype) == Name.Form and form.objgen not in seen:
                    seen.add(form.objgen)
                    _prune(form, seen)


def _used_names(holder: pikepdf.Object) -> set[str]:
    target = pikepdf.Page(holder) if holder.get(Name.Type) == Name.Page else holder
    return {
        str(operand)
        for instruction in pikepdf.parse_content_stream(target)
        if str(instruction.operator) in ("Do", "Tf")
        for operand in instruction.operands
        if isinstance(operand, pikepdf.Name)
    }


def _is_web_link(annot: pikepdf.Object) -> bool:
    action = annot.get(Name.A) if isinstance(annot, pikepdf.Dictionary) else None
    return (
        annot.get(Name.Subtype) == Name.Link
        and isinstance(action, pikepdf.Dictionary)
        and action.get(Name.S) == Name.URI
        and Name.Next not in action
    )


def drop_hidden_text(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Remove text in render mode 3 (an earlier OCR) from the page's own content, so that ours is the only one."""
    kept: list[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage] = []
    mode, stack, changed = 0, [], False
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if operator == "q":
            stack.append(mode)
        elif operator == "Q" and stack:
            mode = stack.pop()
        elif operator == "Tr":
            mode = int(instruction.operands[0])
        if operator in _SHOWS and mode == 3:
            changed = True
            continue
        kept.append(instruction)
    if changed:
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
