"""The few numbers that go to the device before a step and come back after it, and where each lies."""

from __future__ import annotations

NUMBERS = 32  # of four bytes, in front of a plan's memory that the host sees

COUNT = 0  # how many samples the batch has (int)
FLAG = 1  # raised by what is not finite (int)
RATE, FIRST, SECOND, TOTAL = 0, 1, 2, 3  # floats, among the settings
LOSS, HITS = 0, 1  # floats, among the results

INTS, SETTINGS, RESULTS = 0, 8, 16  # where each group begins

LOSS_BAD, GRADIENT_BAD, STATE_BAD = 1, 2, 4  # what the flag says

CONSTANTS = {
    "COUNT": COUNT,
    "FLAG": FLAG,
    "RATE": RATE,
    "FIRST_MOMENT": FIRST,
    "SECOND_MOMENT": SECOND,
    "TOTAL": TOTAL,
    "LOSS": LOSS,
    "HITS": HITS,
    "LOSS_BAD": LOSS_BAD,
    "GRADIENT_BAD": GRADIENT_BAD,
    "STATE_BAD": STATE_BAD,
}
