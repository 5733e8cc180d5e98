"""Request, preview, consent, release, revoke: a byte leaves only under a consent that holds at that very moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.errors import BadIdentifier, BlobMissing, ConsentNotValid, NotAllowed, PurposeMissing, RecordMissing

MAU, THU = "079201000001", "001301000002"
CASE, PURPOSE = "H41.16-260302-0001", "Đăng ký kết hôn"
BIRTH, CRIMINAL = ("motlan:H41.16:" + letter * 26 for letter in "ac")


def denied(office, why):
    assert (office.last().outcome, office.last().detail["why"]) == ("denied", why)
    assert office.ledger.verify_audit().ok


def test_the_whole_way(office):
    request = office.request()
    preview = office.reuse.preview(request, MAU)
    consent = office.consent(request)
    released = office.release(request)
    with released.pdf:
        assert released.pdf.read() == b"%PDF-1.7 sealed"
    assert (released.consent, released.record, released.revision) == (consent, BIRTH, 1)
    assert (released.fields, released.sha256, released.size) == (preview.fields, preview.sha256, preview.size)
    assert office.ledger.request(request).state == "RELEASED"
    actions = [(entry.action, entry.outcome) for entry in office.ledger.audit_entries()]
    assert actions == [(f"reuse.{what}", "ok") for what in ("request", "preview", "consent", "release")]
    assert office.last().seq == released.event


def test_the_preview_says_what_would_go_to_whom_and_why(office):
    preview = office.reuse.preview(office.request(), MAU)
    assert (preview.actor, preview.unit, preview.case, preview.purpose) == ("officer:binh", "H41.16", CASE, PURPOSE)
    assert [(field.name, field.value) for field in preview.fields] == [
        ("issued_date", "2001-05-06"),
        ("name", "Nguyễn Văn Mẫu"),
    ]
    assert (preview.pages, preview.revision, preview.size) == (1, 1, 15)


def test_a_request_needs_a_case_and_a_purpose(office):
    with pytest.raises(PurposeMissing):
        office.reuse.request("officer:binh", "H41.16", CASE, "", BIRTH)
    denied(office, "PURPOSE_MISSING")


@pytest.mark.parametrize(
    ("unit", "record", "why"),
    [
        ("H41.16", "motlan:H41.16:" + "z" * 26, "NO_SUCH_PAPER"),
        ("H42", CRIMINAL, "NO_SUCH_PAPER"),
        ("H99", BIRTH, "UNKNOWN_UNIT"),
    ],
)
def test_what_may_not_be_seen_cannot_be_requested(office, unit, record, why):
    with pytest.raises(NotAllowed):
        office.reuse.request("officer:binh", unit, CASE, PURPOSE, record)
    denied(office, why)
    assert office.ledger.requests() == []


def test_nothing_is_released_without_a_consent(office):
    request = office.request()
    with pytest.raises(ConsentNotValid):
        office.release(request)
    denied(office, "REQUESTED")
    assert office.archive.opened == 0


def test_nothing_is_released_after_a_refusal(office):
    request = office.request()
    assert office.reuse.refuse(request, MAU)
    assert not office.reuse.refuse(request, MAU)
    with pytest.raises(ConsentNotValid):
        office.consent(request)
    with pytest.raises(ConsentNotValid):
        office.release(request)
    denied(office, "REFUSED")


def test_a_consent_revoked_between_preview_and_release(office):
    request = office.request()
    office.reuse.preview(request, MAU)
    consent = office.consent(request)
    assert office.reuse.revoke(consent, MAU)
    assert not office.reuse.revoke(consent, MAU)
    with pytest.raises(ConsentNotValid):
        office.release(request)
    denied(office, "REVOKED")
    assert office.ledger.consent(consent).used == 0
    assert office.ledger.request(request).state == "REVOKED"


def test_a_consent_revoked_while_the_file_is_being_opened(office, monkeypatch):
    request = office.request()
    consent = office.consent(request)
    opened = []
    real_open = office.archive.open

    def open_slowly(digest, verify=False):
        opened.append(real_open(digest, verify))
        office.reuse.revoke(consent, MAU)
        return opened[0]

    monkeypatch.setattr(office.archive, "open", open_slowly)
    with pytest.raises(ConsentNotValid):
        office.release(request)
    denied(office, "REVOKED")
    assert opened[0].closed, "nobody can read on"


def test_an_expired_consent(office):
    request = office.request()
    office.consent(request, hours=1)
    office.clock.pass_(hours=1)
    with pytest.raises(ConsentNotValid):
        office.release(request)
    denied(office, "EXPIRED")


def test_a_consent_is_used_as_often_as_agreed(office):
    request = office.request()
    consent = office.consent(request, uses=2)
    office.release(request).pdf.close()
    office.release(request).pdf.close()
    with pytest.raises(ConsentNotValid):
        office.release(request)
    denied(office, "USED_UP")
    assert office.ledger.consent(consent).used == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"purpose": "Vay vốn"}, "OTHER_PURPOSE"),
        ({"purpose": ""}, "OTHER_PURPOSE"),
        ({"case": "H41.16-260302-0002"}, "OTHER_CASE"),
        ({"actor": "officer:hoa"}, "OTHER_OFFICER"),
    ],
)
def test_a_consent_holds_only_for_what_was_asked(office, change, why):
    request = office.request()
    consent = office.consent(request)
    with pytest.raises(ConsentNotValid):
        office.release(request, **change)
    denied(office, why)
    assert office.ledger.consent(consent).used == 0
    office.release(request).pdf.close()


def test_somebody_elses_paper(office):
    request = office.request()
    for attempt in (office.reuse.preview, office.reuse.refuse):
        with pytest.raises(NotAllowed):
            attempt(request, THU)
        denied(office, "NOT_THE_SUBJECT")
    with pytest.raises(NotAllowed):
        office.consent(request, number=THU)
    denied(office, "NOT_THE_SUBJECT")
    consent = office.consent(request)
    with pytest.raises(NotAllowed):
        office.reuse.revoke(consent, THU)
    denied(office, "NOT_THE_SUBJECT")
    assert office.ledger.consent(consent).state == "ACTIVE"


def test_numbers_that_are_none_and_requests_that_are_none(office):
    with pytest.raises(BadIdentifier):
        office.reuse.preview(office.request(), "12")
    assert office.last().outcome == "denied"
    for attempt in (lambda: office.release(99), lambda: office.reuse.preview(99, MAU)):
        with pytest.raises(NotAllowed):
            attempt()
        denied(office, "NO_SUCH_REQUEST")
    with pytest.raises(NotAllowed):
        office.reuse.revoke(99, MAU)
    denied(office, "NO_SUCH_CONSENT")


def test_a_request_is_answered_once(office):
    request = office.request()
    office.consent(request)
    with pytest.raises(ConsentNotValid):
        office.consent(request)
    assert not office.reuse.refuse(request, MAU)
    assert len(office.ledger.consents(request)) == 1


@pytest.mark.parametrize(("uses", "hours"), [(0, 1), (1, 0), (1, -1)])
def test_a_consent_that_could_never_be_used_is_not_taken(office, uses, hours):
    request = office.request()
    with pytest.raises(ConsentNotValid):
        office.consent(request, uses=uses, hours=hours)
    assert office.ledger.request(request).state == "REQUESTED"


def test_what_was_previewed_is_what_is_released(office):
    request = office.request()
    preview = office.reuse.preview(request, MAU)
    newer = office.archive.head(BIRTH).model_copy(update={"revision": 2, "fields": {}})
    office.archive.add(newer)
    until = office.clock() + timedelta(hours=1)
    office.reuse.consent(request, MAU, until, revision=preview.revision)
    with office.release(request).pdf:
        pass
    assert office.ledger.consents(request)[0].revision == 1
    other = office.request()
    office.reuse.consent(other, MAU, until, how="counter")
    released = office.release(other)
    released.pdf.close()
    assert (released.revision, released.fields) == (2, ())
    assert office.ledger.consents(other)[0].how == "counter"


def test_a_file_that_is_missing_costs_no_use(office):
    request = office.request()
    consent = office.consent(request)
    kept = dict(office.archive.content)
    office.archive.content.clear()
    with pytest.raises(BlobMissing):
        office.release(request)
    assert office.ledger.consent(consent).used == 0
    office.archive.content.update(kept)
    office.release(request).pdf.close()


def test_a_paper_without_a_sealed_file_cannot_be_handed_over(office):
    office.archive.add(office.archive.head(BIRTH).model_copy(update={"revision": 2, "representations": ()}))
    with pytest.raises(RecordMissing):
        office.reuse.preview(office.request(), MAU)


def test_no_event_no_byte(office, monkeypatch):
    request = office.request()
    consent = office.consent(request)
    opened = []
    real_open = office.archive.open

    def fail(*_args, **_kwargs):
        raise OSError("disk full")

    def remember(digest, verify=False):
        opened.append(real_open(digest, verify))
        return opened[0]

    monkeypatch.setattr(office.archive, "open", remember)
    monkeypatch.setattr("ledger.transaction.Tx.audit", fail)
    with pytest.raises(OSError, match="disk full"):
        office.release(request)
    assert opened[0].closed
    assert office.ledger.consent(consent).used == 0
