"""What the tests of the store ask, and the small folder of guidelines that answers."""

from __future__ import annotations

from pathlib import Path

SMALL = Path(__file__).parents[1] / "errors" / "_base" / "guidelines"
ASKED = {
    "request_id": "A", "discipline": "PT", "intent": "rehabilitative", "review_type": "initial", "diagnosis": "M54.50",
    "complexity": "moderate", "member_eligible": True, "requested_visits": 8, "requested_weeks": 6, "visits_used": 0,
    "weeks_used": 0, "line_of_business": "commercial", "state": "CA", "member_id": "m-1", "request_number": 1,
    "provider_npi": "1234567893", "measure": "odi", "score_baseline": 40,
}  # fmt: skip
