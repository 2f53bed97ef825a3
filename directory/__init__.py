"""The territory: districts and neighbourhoods with their official codes."""
