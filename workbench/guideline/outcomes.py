"""What a decision can say, whatever the guideline: its determinations, and the reasons that it gives by itself. There
is no denial among them, and no criterion may take the id of a reason."""

from __future__ import annotations

NOT_REQUIRED, APPROVED, IN_PART = "not_required", "approved", "approved_in_part"
INFORMATION, CLINICIAN, ADMINISTRATIVE = "information_needed", "clinician_review", "administrative"
# In the order in which tables and charts show them.
DETERMINATIONS = (APPROVED, IN_PART, INFORMATION, CLINICIAN, ADMINISTRATIVE, NOT_REQUIRED)

BUILT_IN = {
    "program": "The review program does not require authorization of this request.",
    "no_guideline": "No guideline covers this request on the deciding day.",
    "ambiguous_guideline": "More than one guideline applies to this request, and nothing says which decides.",
    "too_early": "The program takes requests only from a later day.",
    "excluded_procedure": "Every procedure asked for is excluded by the plan.",
    "benefit_limit": "The visits of the benefit year are used up.",
    "no_limit": "The guideline names no usual amount for this; a clinician sets it.",
    "limit_reached": "The visits or weeks that the guideline supports are used up.",
    "limit_unknown": "What decides how much is supported is missing.",
    "limit_exceeded": "More is asked for than the guideline supports; a clinician decides the rest.",
    "epsdt": "Medicaid, under 21: no amount is a cap (EPSDT, 42 U.S.C. 1396d(r)(5)). A clinician decides what corrects "
    "or eases the condition, or keeps it from getting worse.",
}
# What the provider can send or change, for those of them that no guideline has a text for.
CURES = {
    "no_guideline": "Check the discipline and the dates of the request.",
    "too_early": "Send the request again on or after that day.",
    "excluded_procedure": "Ask for procedures that the plan covers.",
    "no_limit": "A clinician sets the amount; a protocol, or what is usual for this diagnosis, helps.",
    "limit_reached": "Say what is still to be reached, why the usual amount was not enough, and how many visits are.",
    "limit_exceeded": "Begin with what is approved. Say what the rest is for, and why the usual amount is not enough.",
    "epsdt": "Send what shows how the care corrects or eases the condition, or keeps it from getting worse.",
}
MEDICARE = ("medicare", "medicare_advantage")  # lines of business under Medicare's own rules
MEDICARE_RANKS = ("own", "silent")  # a criterion is Medicare's own rule, or a house rule where Medicare is silent
