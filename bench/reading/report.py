"""The report of a run: one HTML file that needs nothing else. Figures first; then every wrong or doubted field, and
every misread page, opens with its picture, its evidence and the rules one by one."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from bench.reading.album import Album, Spot, box_of
from bench.reading.engines import OURS
from bench.reading.goals import GOALS
from bench.reading.results import PaperResult
from bench.reading.scoring import Mistake
from bench.reading.summary import percent
from schemas.doubts import doubts

_STYLE = Path(__file__).with_name("report.css")
_GOAL_GROUPS = {
    "specimens all levels": "Giấy mẫu<br><i>specimens</i>",
    "scans as scanned": "Bản quét thật<br><i>real scans</i>",
    "specimens all damages": "Giấy mẫu, hư hại<br><i>damaged specimens</i>",
    "scans all damages": "Bản quét thật, hư hại<br><i>damaged scans</i>",
}
_SOURCES = {
    "ocr": "máy đọc thứ nhất · first reader",
    "second_ocr": "máy đọc thứ hai · second reader",
    "text_layer": "lớp chữ của tệp · text layer",
    "file_name": "tên tệp · file name",
    "signature_stamp": "khung chữ ký số · signature stamp",
    "signature_time": "thời điểm ký số · signing time",
    "qr": "mã QR",
    "mrz": "dòng máy đọc · MRZ",
    "register": "sổ đăng ký · register",
    "person": "người · person",
}
_HANDS = {
    "printed": "in · printed",
    "by_hand": "viết tay · by hand",
    "unprinted": "không in trên giấy · not on the paper",
}


def write(told: Mapping[str, Any], album: Album, picture: Path, path: Path, most: int) -> None:
    """Write the report of a results.json's content. At most `most` fields are shown, values accepted though
    wrong first, then wrong ones, then right ones that were doubted; and a quarter as many papers with misread lines,
    the worst first."""
    spots = sorted(album.spots, key=_rank)[:most]
    texts = sorted(album.texts, key=lambda item: -sum(one.edits for _, one in item[0].mistakes))[: most // 4]
    used = {spot.page for spot in spots} | {page for _, kept in texts for page in kept.values()}
    pages = "".join(
        f".p{n}{{background-image:url({uri});aspect-ratio:1/{album.sizes[n]:.4f}}}"
        for n, uri in enumerate(album.pages)
        if n in used
    )
    body = [_overview(told, picture, spots, texts, len(album.spots))]
    body += [_spot_page(number, spot, len(spots)) for number, spot in enumerate(spots)]
    body += [_text_page(number, len(texts), *item) for number, item in enumerate(texts)]
    path.write_text(
        '<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Một Lần · đọc giấy tờ · {escape(told['made'][:16])}</title>"
        f"<style>{_STYLE.read_text('utf-8')}{pages}</style>{''.join(body)}</html>\n",
        encoding="utf-8",
    )


def _rank(spot: Spot) -> tuple[int, str, str]:
    group = 0 if spot.field.wrong else 1 if not spot.field.right else 2
    return group, spot.field.kind, spot.field.name


# --- the figures -----------------------------------------------------------------------------------------------------


def _overview(
    told: Mapping[str, Any],
    picture: Path,
    spots: Sequence[Spot],
    texts: Sequence[tuple[PaperResult, dict[int, int]]],
    all_spots: int,
) -> str:
    curves = base64.b64encode(picture.read_bytes()).decode()
    papers, versions = len(told["papers"]), ", ".join(f"{k} {v}" for k, v in told["versions"].items())
    remembered = sum(bool(paper["remembered"]) for paper in told["papers"])
    note = (
        f" {remembered} giấy lấy thời gian từ lần chạy trước · timed in an earlier run (cache)." if remembered else ""
    )
    return "".join(
        (
            "<main><h1>Một Lần đọc được đến đâu <i>· How well it reads</i></h1>",
            f'<p class="lead">{papers} giấy · papers. {escape(told["made"])} · {escape(told["machine"]["cpu"])}, '
            f"{told['machine']['cores']} nhân · cores<br><code>{escape(told['command'])}</code><br>{escape(versions)}. "
            f"OCRmyPDF khởi động {told['ocrmypdf_start_up']:.1f} s CPU mỗi lần gọi, không tính vào · "
            f"its start-up of {told['ocrmypdf_start_up']:.1f} CPU s a call is not counted.{note}</p>",
            "<h2>Mục tiêu <i>· Goals</i></h2>",
            _goals(told["groups"]),
            f'<h2>Biểu đồ <i>· Curves</i></h2><img class="curves" src="data:image/png;base64,{curves}" alt="curves">',
            "<h2>Chữ và tốc độ <i>· Text and speed</i></h2>",
            _texts(told["groups"]),
            "<h2>Hiểu đúng <i>· Understood</i></h2>",
            _understood(told["groups"]),
            "<h2>Theo kiểu mục <i>· By kind of field</i></h2>",
            _kinds(told["kinds"]),
            "<h2>Hay đọc nhầm <i>· Usual confusions</i></h2>",
            _confusions(told["confusions"]),
            f"<h2>Mục sai hoặc còn ngờ <i>· Wrong or doubted fields ({len(spots)} / {all_spots})</i></h2>",
            _spot_list(spots),
            "<h2>Trang có dòng đọc sai <i>· Pages with misread lines</i></h2>",
            _text_list(texts),
            "</main>",
        )
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], first_numeric: int = 1) -> str:
    """Cells are HTML; from column `first_numeric` on they are numbers."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=n' if at >= first_numeric else ''}>{cell}</{tag}>" for at, cell in enumerate(row)
        )

    lines = "".join(f"<tr{' class=sum' if 'all ' in row[0] else ''}>{cells(row, 'td')}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{cells(head, "th")}</tr>{lines}</table></div>'


def _goals(groups: Sequence[Mapping[str, Any]]) -> str:
    by_name = {f"{group['set']} {group['damage']}": group for group in groups}
    columns = [name for name in _GOAL_GROUPS if name in by_name]
    rows = []
    for goal in GOALS:
        row = [f"{escape(goal.name)} <i>· {escape(goal.english)}</i>", escape(goal.said())]
        for name in columns:
            value = goal.value(by_name[name])
            mood = {True: "ok", False: "bad", None: ""}[goal.reached(value)]
            row.append(f'<span class="tag {mood}">{goal.shown(value)}</span>')
        rows.append(row)
    return _table(["", "mục tiêu <i>· goal</i>", *(_GOAL_GROUPS[name] for name in columns)], rows)


def _texts(groups: Sequence[Mapping[str, Any]]) -> str:
    readers = list(dict.fromkeys(name for group in groups for name in group["text"]))
    head = ["", "trang<br><i>pages</i>"]
    head += [
        f"{escape('Một Lần' if name == OURS else name)}<br><i>CER % · WER % bag / in order · s</i>" for name in readers
    ]
    rows = []
    for group in groups:
        row = [escape(f"{group['set']} · {group['damage']}"), str(group["pages_compared"])]
        for name in readers:
            text, seconds = group["text"].get(name), group["cpu_seconds_a_page"].get(name)
            row.append("–" if text is None else f"{_rates(text)} · {seconds:.2f} s")
        rows.append(row)
    note = '<p class="small">~ là trên các đoạn đã biết của bản quét thật · of known passages of real scans</p>'
    return _table(head, rows) + note


def _rates(text: Mapping[str, Any]) -> str:
    parts = []
    if text["cer"] is not None:
        parts.append(f"<b>{percent(text['cer'])}</b> · {percent(text['wer_bag'])} / {percent(text['wer_in_order'])}")
    if text["passage_cer"] is not None:
        parts.append(f"~<b>{percent(text['passage_cer'])}</b>")
    return " · ".join(parts)


def _understood(groups: Sequence[Mapping[str, Any]]) -> str:
    parts = {
        "printed": "mục in<br><i>printed</i>",
        "id_numbers": "số định danh<br><i>ID numbers</i>",
        "signer": "người ký<br><i>signer</i>",
        "by_hand": "viết tay<br><i>by hand</i>",
    }
    head = ["", "giấy<br><i>papers</i>", "đúng loại<br><i>type %</i>", *parts.values()]
    rows = []
    for group in groups:
        row = [escape(f"{group['set']} · {group['damage']}"), str(group["papers"]), percent(group["type_right"])]
        for name in parts:
            told = group["fields"][name]
            bad = f'<span class="tag bad">{told["wrong"]} sai</span>' if told["wrong"] else "0 sai"
            row.append(
                f"{percent(told['exact'])} · {percent(told['coverage'])} · {bad} <i>({told['there']})</i>"
                if told["there"]
                else "–"
            )
        rows.append(row)
    note = '<p class="small">đọc đúng % · tự nhận và đúng % · tự nhận mà sai (số mục) — exact, accepted and right, '
    return _table(head, rows) + note + "accepted though wrong, how many there are</p>"


def _kinds(kinds: Mapping[str, Mapping[str, Any]]) -> str:
    head = ["kiểu · kind", "số mục<br><i>there</i>", "đúng %<br><i>exact</i>", "tự nhận đúng %<br><i>accepted</i>"]
    rows = (
        [escape(name), str(told["there"]), percent(told["exact"]), percent(told["coverage"]), str(told["wrong"])]
        for name, told in kinds.items()
    )
    return _table([*head, "nhận sai<br><i>wrong</i>"], rows)


def _confusions(found: Sequence[Sequence[Any]]) -> str:
    cells = (
        f'<span class="tag"><code>{escape(str(true)) or "∅"} → {escape(str(read)) or "∅"}</code> {times}×</span> '
        for true, read, times in found
    )
    return f"<p>{''.join(cells)}</p>"


def _spot_list(spots: Sequence[Spot]) -> str:
    titles = {
        0: ("Tự nhận mà sai · accepted though wrong", "open"),
        1: ("Sai, đưa cho người · wrong, a person is asked", ""),
        2: ("Đúng, còn hỏi người · right, a person is asked", ""),
    }
    parts = []
    for group, (title, state) in titles.items():
        items = [
            f'<li><a href="#f{number}">{escape(spot.field.label)}</a> '
            f'<span class="small">{escape(_where(spot.paper))}</span></li>'
            for number, spot in enumerate(spots)
            if _rank(spot)[0] == group
        ]
        parts.append(f'<details {state}><summary>{title}: {len(items)}</summary><ul class="list">{"".join(items)}')
    return "</ul></details>".join([*parts, ""])


def _text_list(texts: Sequence[tuple[PaperResult, dict[int, int]]]) -> str:
    items = (
        f'<li><a href="#t{number}">{escape(_where(paper))}</a> <span class="small">'
        f"{sum(one.edits for _, one in paper.mistakes)} lỗi"
        f"{'' if paper.type_right else ', sai loại · wrong type'}</span></li>"
        for number, (paper, _) in enumerate(texts)
    )
    return f'<ul class="list">{"".join(items)}</ul>'


def _where(paper: PaperResult) -> str:
    return f"{paper.name} · {paper.damage}"


# --- a field ---------------------------------------------------------------------------------------------------------


def _spot_page(number: int, spot: Spot, of: int) -> str:
    one = spot.field
    if one.wrong:
        state = '<span class="tag bad">tự nhận mà sai · accepted though wrong</span>'
    elif not one.right:
        state = '<span class="tag wait">sai, hỏi người · wrong, a person is asked</span>'
    else:
        state = '<span class="tag wait">đúng, còn hỏi người · right, a person is asked</span>'
    crop = f'<img class="crop" src="{spot.crop}" alt="">' if spot.crop else "<p>Không thấy trên giấy · not found</p>"
    return "".join(
        (
            f'<section class="page" id="f{number}">{_nav("f", number, of)}',
            f"<h1>{escape(one.label)} <i>· {escape(one.name)}, {escape(one.kind)}, {_HANDS[one.hand]}</i></h1>",
            f'<p class="lead">{escape(_where(spot.paper))} · {escape(spot.paper.read_type)}'
            f"{'' if spot.paper.type_right else ' <b>(sai loại · wrong type)</b>'}</p>",
            f'<div class="two"><div><p>{state}</p><div class="spot">{crop}</div><dl>',
            f'<dt>Trên giấy <i>· truth</i></dt><dd class="truth">{_said(one.truth)}</dd>',
            f'<dt>Đọc được <i>· read</i></dt><dd class="value">{_compared(one.truth, one.value)}</dd>',
            f"<dt>Độ tin <i>· confidence</i></dt><dd>{one.confidence:.3f}</dd></dl>",
            "<h2>Chứng cứ <i>· Evidence</i></h2>",
            _evidence(one.evidence, one.value),
            "<h2>Từng quy tắc <i>· Rule by rule</i></h2>",
            _rules(one.doubts),
            "</div>",
            _sheet(spot.page, one),
            "</div></section>",
        )
    )


def _nav(letter: str, number: int, of: int) -> str:
    before = f'<a href="#{letter}{number - 1}">‹ trước · previous</a>' if number else ""
    after = f'<a href="#{letter}{number + 1}">sau · next ›</a>' if number + 1 < of else ""
    return f'<nav><a href="#">↑ tất cả · all</a>{before}{after}</nav>'


def _said(text: str | None) -> str:
    return escape(text) if text is not None else "<i>không có · none</i>"


def _compared(true: str | None, read: str | None) -> str:
    """What was read, with the letters marked that are not as in truth."""
    if read is None or true is None:
        return f"<mark>{_said(read)}</mark>"
    parts = []
    for edit in Levenshtein.opcodes(true, read):
        piece = escape(read[edit.dest_start : edit.dest_end])
        lost = escape(true[edit.src_start : edit.src_end])
        parts.append(piece if edit.tag == "equal" else f'<mark title="{lost}">{piece or "␣"}</mark>')
    return "".join(parts)


def _evidence(seen: Sequence[Mapping[str, Any]], value: str | None) -> str:
    if not seen:
        return "<p>Không có chứng cứ nào · none</p>"
    rows = (
        [
            escape(_SOURCES.get(one["source"], one["source"])),
            f"<b>{escape(one['value'])}</b>" if one["value"] == value else escape(one["value"]),
            f"{one['confidence']:.3f}",
            str(one["page"] or "–"),
            f'<span class="small">{escape(one["engine"])}</span>',
        ]
        for one in seen
    )
    return _table(["nguồn · source", "giá trị · value", "độ tin", "trang", "máy · engine"], rows, 2)


def _rules(raised: Sequence[str]) -> str:
    """Every rule that can call a person, and whether it did."""
    known = {code: said for code, said in doubts().items() if not code.startswith("TYPE_")}
    known |= {code: "" for code in raised if code not in known}
    rows = (
        [
            '<span class="tag bad">✗</span>' if code in raised else '<span class="tag ok">✓</span>',
            f"<code>{escape(code)}</code>",
            escape(said),
        ]
        for code, said in sorted(known.items(), key=lambda item: item[0] not in raised)
    )
    return _table(["", "quy tắc · rule", ""], rows, 9)


def _sheet(page: int | None, one: Any) -> str:
    if page is None:
        return "<div></div>"
    marks, best = [], box_of(one)
    for seen in one.evidence:
        box = seen["box"]
        if box and seen["page"] == _page_of_best(one):
            place = [box["x0"], box["y0"], box["x1"], box["y1"]]
            other = "" if place == list(best or ()) else ' class="other"'
            marks.append(
                f'<b{other} style="left:{100 * place[0]:.2f}%;top:{100 * place[1]:.2f}%;'
                f'width:{100 * (place[2] - place[0]):.2f}%;height:{100 * (place[3] - place[1]):.2f}%"></b>'
            )
    return f'<div class="sheet p{page}">{"".join(marks)}</div>'


def _page_of_best(one: Any) -> int | None:
    return next((seen["page"] for seen in one.evidence if seen["page"] and seen["box"]), None)


# --- a misread page --------------------------------------------------------------------------------------------------


def _text_page(number: int, of: int, paper: PaperResult, kept: Mapping[int, int]) -> str:
    parts = [
        f'<section class="page" id="t{number}">{_nav("t", number, of)}<h1>{escape(_where(paper))}</h1>',
        f'<p class="lead">loại · type: {escape(paper.read_type)}, đúng ra · in truth {escape(paper.true_type)}</p>',
    ]
    for page, picture in sorted(kept.items()):
        rows = [_mistake_row(one) for at, one in paper.mistakes if at == page]
        table = _table(["lỗi", "trên giấy · truth", "đọc được · read"], rows, 9) if rows else ""
        parts.append(
            f'<div class="two"><div><h2>Trang {page}</h2>{table}</div><div class="sheet p{picture}"></div></div>'
        )
    return "".join([*parts, "</section>"])


def _mistake_row(one: Mistake) -> list[str]:
    true, read = [], []
    for edit in Levenshtein.opcodes(one.truth, one.read):
        left = escape(one.truth[edit.src_start : edit.src_end])
        right = escape(one.read[edit.dest_start : edit.dest_end])
        true.append(left if edit.tag == "equal" else f"<ins>{left}</ins>")
        read.append(right if edit.tag == "equal" else f"<del>{right}</del>")
    return [str(one.edits), "".join(true), "".join(read)]
