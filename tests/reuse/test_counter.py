"""Agreeing at the counter, requests that end, and looking again at what was handed over."""

from __future__ import annotations

import pytest

from schemas.errors import BadIdentifier, ConsentNotValid, NotAllowed, QuotaExceeded

MAU, THU, OFFICER = "079201000001", "001301000002", "officer:binh"


def denied(office, why):
    assert (office.last().outcome, office.last().detail["why"]) == ("denied", why)


def test_the_officer_writes_down_that_the_citizen_agreed(office):
    request = office.request()
    given = office.ledger.consent(office.reuse.consent_at_counter(request, OFFICER, MAU))
    assert (given.how, given.uses) == ("counter", 1)
    assert given.expires_at == office.clock() + office.reuse.procedures.counter_life
    event = office.last()
    assert (event.actor, event.action, event.detail["how"]) == (OFFICER, "reuse.consent", "counter")
    office.release(request).pdf.close()
    assert "reuse.consent" in [look.action for look in office.reuse.who(MAU)]


def test_only_whoever_asked_and_only_with_the_number_of_the_paper(office):
    request = office.request()
    with pytest.raises(NotAllowed):
        office.reuse.consent_at_counter(request, "officer:hoa", MAU)
    denied(office, "OTHER_OFFICER")
    with pytest.raises(NotAllowed):
        office.reuse.consent_at_counter(request, OFFICER, THU)
    denied(office, "NOT_THE_SUBJECT")
    with pytest.raises(BadIdentifier):
        office.reuse.consent_at_counter(request, OFFICER, "12")
    assert office.ledger.request(request).state == "REQUESTED"


def test_numbers_are_not_tried_out(office):
    request = office.request()
    for _ in range(5):
        with pytest.raises(NotAllowed):
            office.reuse.consent_at_counter(request, OFFICER, THU)
    with pytest.raises(QuotaExceeded):
        office.reuse.consent_at_counter(request, OFFICER, MAU)


def test_a_request_nobody_answers_ends(office):
    request = office.request()
    office.clock.now += office.reuse.procedures.request_life
    assert office.reuse.has_ended(office.ledger.request(request))
    for attempt in (lambda: office.consent(request), lambda: office.reuse.consent_at_counter(request, OFFICER, MAU)):
        with pytest.raises(ConsentNotValid):
            attempt()
        denied(office, "EXPIRED")


def test_what_was_handed_over_can_be_looked_at_again_while_the_consent_holds(office):
    request = office.request()
    with pytest.raises(ConsentNotValid):
        office.reuse.open_released(request, OFFICER, "page")
    denied(office, "REQUESTED")
    consent = office.consent(request)
    with pytest.raises(ConsentNotValid):
        office.reuse.open_released(request, OFFICER, "page")
    office.release(request).pdf.close()
    office.archive.add(office.archive.head(office.ledger.request(request).record).model_copy(update={"revision": 2}))
    _, paper = office.reuse.open_released(request, OFFICER, "page")
    assert paper.revision == 1, "what was agreed to, not what came later"
    assert (office.last().action, office.last().outcome, office.last().detail["what"]) == ("reuse.open", "ok", "page")
    with pytest.raises(NotAllowed):
        office.reuse.open_released(request, "officer:hoa", "page")
    office.reuse.revoke(consent, MAU)
    with pytest.raises(ConsentNotValid):
        office.reuse.open_released(request, OFFICER, "page")
    denied(office, "REVOKED")


def test_looking_again_ends_with_the_consent(office):
    request = office.request()
    office.consent(request, hours=1)
    office.release(request).pdf.close()
    office.clock.pass_(hours=1)
    with pytest.raises(ConsentNotValid):
        office.reuse.open_released(request, OFFICER, "page")
    denied(office, "EXPIRED")
