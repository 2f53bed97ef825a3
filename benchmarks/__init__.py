"""Benchmarks: each measures a job beside its floor, the least that any program would do for it, in the same run."""
