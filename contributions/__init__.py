"""What was said and proposed in working sessions."""
