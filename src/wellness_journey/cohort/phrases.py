"""The only free text of the synthetic cohort: fixed phrases that could be anybody's."""

from __future__ import annotations

# Type, sentiment, words.
CHANGES = (
    ("RELATIONSHIP", "POSITIVE", "Reconnected with a parent"),
    ("RELATIONSHIP", "POSITIVE", "Talked openly with partner"),
    ("RELATIONSHIP", "NEUTRAL", "Set a boundary with a relative"),
    ("RELATIONSHIP", "NEGATIVE", "Argument with partner"),
    ("HABIT", "POSITIVE", "Started meditation practice"),
    ("HABIT", "POSITIVE", "Quit smoking"),
    ("HABIT", "NEUTRAL", "Changed morning routine"),
    ("HABIT", "NEGATIVE", "Started smoking again"),
    ("EMPLOYMENT", "POSITIVE", "New job"),
    ("EMPLOYMENT", "POSITIVE", "Took on a project at work"),
    ("EMPLOYMENT", "NEUTRAL", "Reduced working hours"),
    ("EMPLOYMENT", "NEGATIVE", "Lost a contract"),
    ("HEALTH", "POSITIVE", "Started exercising"),
    ("HEALTH", "POSITIVE", "Improved diet"),
    ("HEALTH", "NEUTRAL", "Changed medication with the physician"),
    ("HEALTH", "NEGATIVE", "Sleeping badly again"),
    ("SOCIAL", "POSITIVE", "Joined support group"),
    ("SOCIAL", "POSITIVE", "Met an old friend"),
    ("SOCIAL", "NEUTRAL", "Moved to a shared flat"),
    ("SOCIAL", "NEGATIVE", "Withdrew from friends"),
    ("CREATIVE", "POSITIVE", "Started painting"),
    ("CREATIVE", "POSITIVE", "Began journaling"),
    ("CREATIVE", "NEUTRAL", "Rearranged the studio"),
    ("CREATIVE", "NEGATIVE", "Gave up music practice"),
    ("OTHER", "POSITIVE", "Adopted a pet"),
    ("OTHER", "NEUTRAL", "Changed plans for the year"),
    ("OTHER", "NEGATIVE", "Unexpected expense"),
)

# What a few people report week after week.
HABITS = (
    ("HABIT", "POSITIVE", "Meditated on most days"),
    ("HEALTH", "POSITIVE", "Went for a nature walk"),
    ("SOCIAL", "POSITIVE", "Evening with friends"),
    ("CREATIVE", "POSITIVE", "Wrote in the journal"),
)

PULSE_NOTES = (
    "Quiet day",
    "Vivid dreams",
    "Slept lightly",
    "Long walk, felt lighter",
    "Busy day at work",
    "Tired but calm",
    "Felt low in the evening",
)

THERAPY_NOTES = (
    "Worked on themes of the session",
    "Talked about daily routine",
    "Breathing exercise agreed",
    "Reviewed intentions",
)

CALL_NOTES = ("Doing well", "Asked to call again next week", "Some questions about sleep")
