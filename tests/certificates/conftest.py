"""Programs that read PDFs, as fixtures of the tests of papers."""

import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from core.languages import use_language


class Reader:
    """Reads PDFs with the programs of Debian's poppler-utils and zbar-tools."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, document: bytes) -> str:
        """The lines as they stand on the pages; how wide a gap is, versions of pdftotext do not agree on."""
        lines = self._run("pdftotext", "-layout", self._keep(document), "-").splitlines()
        return "\n".join(re.sub(" {2,}", "  ", line.strip()) for line in lines if line.strip()) + "\n"

    def flow(self, document: bytes) -> str:
        """The words in order, broken nowhere."""
        return " ".join(self._run("pdftotext", self._keep(document), "-").split())

    def fonts(self, document: bytes) -> list[tuple[str, str, str]]:
        """Of each font: its name, whether it is embedded, whether it is a subset."""
        lines = self._run("pdffonts", self._keep(document)).splitlines()[2:]
        return sorted((line.split()[0], line.split()[-5], line.split()[-4]) for line in lines)

    def info(self, document: bytes) -> dict[str, str]:
        lines = self._run("pdfinfo", self._keep(document)).splitlines()
        return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}

    def signatures(self, document: bytes) -> str:
        """What is said of the signatures; who issued the certificates is nobody that this machine knows."""
        return self._run("pdfsig", "-nocert", self._keep(document))

    def qr_codes(self, document: bytes) -> list[str]:
        """What the QR codes say, read at 200 dpi as from paper."""
        self._run("pdftoppm", "-r", "200", "-gray", self._keep(document), str(self.folder / "page"))
        pages = sorted(map(str, self.folder.glob("page*.pgm")))
        return self._run("zbarimg", "--quiet", "--raw", "--nodbus", *pages).splitlines()

    def picture(self, document: bytes) -> Image.Image:
        """All pages side by side, in grey, at 24 dpi: each point is the mean of many, however letters are drawn."""
        self._run("pdftoppm", "-r", "96", "-gray", self._keep(document), str(self.folder / "look"))
        pages = [Image.open(path).reduce(4) for path in sorted(self.folder.glob("look*.pgm"))]
        picture = Image.new("L", (sum(page.width for page in pages), max(page.height for page in pages)), "white")
        for number, page in enumerate(pages):
            picture.paste(page, (sum(before.width for before in pages[:number]), 0))
        return picture

    def boxes(self, document: bytes) -> list[tuple[float, float, float, float]]:
        """The boxes of all words on all pages: left, top, right, bottom in points."""
        page = self._run("pdftotext", "-bbox", self._keep(document), "-")
        words = [line for line in page.splitlines() if "<word" in line]
        return [tuple(float(part) for part in word.split('"')[1:8:2]) for word in words]

    def words(self, document: bytes) -> tuple[list[str], list[tuple[float, float, float, float]]]:
        """All words in the order in which they were drawn, and their boxes: left, top, right, bottom in points."""
        page = self._run("pdftotext", "-raw", "-bbox", self._keep(document), "-")
        found = re.findall(r'<word xMin="(.+)" yMin="(.+)" xMax="(.+)" yMax="(.+)">(.*)</word>', page)
        return [unescape(each[4]) for each in found], [tuple(map(float, each[:4])) for each in found]

    def _keep(self, document: bytes) -> str:
        path = self.folder / "paper.pdf"
        path.write_bytes(document)
        return str(path)

    def _run(self, program: str, *arguments: str) -> str:
        if shutil.which(program) is None:
            if os.environ.get("CI"):
                pytest.fail(f"{program} is missing: install poppler-utils and zbar-tools")
            pytest.skip(f"{program} is not installed")
        done = subprocess.run([program, *arguments], check=True, capture_output=True)
        return done.stdout.decode()


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


@pytest.fixture
def golden() -> Path:
    """Where the texts stand that papers are held against."""
    return Path(__file__).parent / "golden"


@pytest.fixture
def in_catalan(app):
    with app.test_request_context(), use_language("ca"):
        yield
