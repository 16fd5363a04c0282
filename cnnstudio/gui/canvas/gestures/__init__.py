"""What people do with the mouse, one class each: every gesture can be cancelled."""
