"""What was said and proposed in working sessions, and the figures that add up from it."""
