"""Processes, events, sessions and rooms: the programme, its pages, its import and its calendar."""
