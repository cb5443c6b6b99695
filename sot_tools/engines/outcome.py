"""What counts against an engine's run, whichever engine it is; exit codes are not asked."""

from __future__ import annotations

from sot_tools.engines.order import Claim, Complaint, Told


def classify(told: Told) -> tuple[Complaint, ...]:
    """Provider, review and closing event; without a request to the model nothing was done."""
    found = [each for claim in told.claims if (each := _against(claim)) is not None]
    if told.requests == 0 and (told.refused or not told.cut):
        found.append(
            Complaint("provider_unavailable", _why(told) or "no request reached the model")
        )
    elif told.refused and not _done(told):
        found.append(Complaint("provider_unavailable", _why(told)))
    if not _done(told) and not told.settled:
        message = "the engine's closing event `done` is missing"
        found.append(Complaint("missing_required_event", message))
    return tuple(found)


def _done(told: Told) -> bool:
    return any(claim.event == "done" for claim in told.claims)


def _why(told: Told) -> str:
    return told.refused[-1] if told.refused else ""


def _against(claim: Claim) -> Complaint | None:
    if claim.event == "provider-unavailable":
        why = claim.detail or "the engine says that its provider is unavailable"
        return Complaint("provider_unavailable", why)
    if claim.event == "review" and claim.rejected:
        return Complaint("reviewer_rejected", claim.detail or "the reviewer rejected it")
    if claim.event == "protocol":
        return Complaint("agent_result_protocol_failed", claim.detail or "no result envelope")
    return None
