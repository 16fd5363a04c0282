"""How things look: colours, arrays as images, numbers as text."""
