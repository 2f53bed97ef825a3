"""Golden files: what a program gave when somebody last read it and found it right."""

import os
from pathlib import Path
from typing import AnyStr


def golden(path: Path, content: AnyStr) -> AnyStr:
    """What was kept; with GOLDEN=write in the environment it is written anew, to be read before it is kept."""
    data = content.encode() if isinstance(content, str) else content
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    kept = path.read_bytes()
    return kept.decode() if isinstance(content, str) else kept
