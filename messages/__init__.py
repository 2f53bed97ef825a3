"""What the organisers write to their people in their own words."""
