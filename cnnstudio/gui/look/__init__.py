"""How things look: colors, arrays as images, numbers as text."""
