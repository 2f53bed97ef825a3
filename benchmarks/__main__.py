"""Run the benchmarks: `python -m benchmarks [--quick] [--only NAME …] [--json FILE]`."""

import argparse
import sys
from pathlib import Path

from benchmarks import checkins, door, exports, figures, papers, people, reports, signups
from benchmarks.measure import as_json, show

BENCHMARKS = {
    "signups": signups,
    "exports": exports,
    "papers": papers,
    "figures": figures,
    "door": door,
    "checkins": checkins,
    "people": people,
    "reports": reports,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that everything runs")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--json", type=Path, default=Path("build/benchmarks.json"), help="where the JSON goes")
    choice = parser.parse_args()
    measurements = []
    for name in choice.only:
        sys.stderr.write(f"{name} …\n")
        measurements += BENCHMARKS[name].run(quick=choice.quick)
    print(show(measurements))
    choice.json.parent.mkdir(parents=True, exist_ok=True)
    choice.json.write_text(as_json(measurements) + "\n")
    print(f"\nJSON: {choice.json}")


if __name__ == "__main__":
    main()
