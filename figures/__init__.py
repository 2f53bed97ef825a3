"""The figures that add up from attendance and contributions, frozen ones, and open data."""
