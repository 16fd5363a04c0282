"""What stands around the canvas, each file by what the user sees."""
