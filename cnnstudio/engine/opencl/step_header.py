"""The header of a step: the few numbers that go to the device before a step and come back after it."""

from __future__ import annotations

SIZE = 32  # elements of four bytes, at the start of the memory that the host can read

INTS, SETTINGS, RESULTS = 0, 8, 16  # where each group begins

COUNT = 0  # int: how many samples the batch has
FLAG = 1  # int: raised where a number is not finite

LEARNING_RATE, BIAS_CORRECTION_1, BIAS_CORRECTION_2, TOTAL = 0, 1, 2, 3  # floats among the settings
LOSS, CORRECT = 0, 1  # floats among the results

LOSS_BAD, GRADIENT_BAD, STATE_BAD = 1, 2, 4  # bits of the flag: what is not finite

CONSTANTS = {
    "COUNT": COUNT,
    "FLAG": FLAG,
    "LEARNING_RATE": LEARNING_RATE,
    "BIAS_CORRECTION_1": BIAS_CORRECTION_1,
    "BIAS_CORRECTION_2": BIAS_CORRECTION_2,
    "TOTAL": TOTAL,
    "LOSS": LOSS,
    "CORRECT": CORRECT,
    "LOSS_BAD": LOSS_BAD,
    "GRADIENT_BAD": GRADIENT_BAD,
    "STATE_BAD": STATE_BAD,
}
