"""Mouse gestures, one class each; every gesture can be canceled."""
