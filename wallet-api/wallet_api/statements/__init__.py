"""What the market came to for a participant, against the grid alone."""
