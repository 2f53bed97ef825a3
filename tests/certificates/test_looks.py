"""How papers look: pictures of their pages beside those kept, coarse enough for any version of poppler."""

from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageStat

from accounts.models import CertificateFormula
from certificates.models import CertifiedRole, PageSize
from certificates.pdf.certificate import write_certificate
from tests.certificates.every_paper import PAPERS
from tests.certificates.samples import make_certified, make_issued, make_picture, write

MOST_ON_AVERAGE = 1.5  # of 255
MOST_ANYWHERE = 48
TEXT = "Núria Col·lell i Güell"


def make_certificate(**values):
    return write(write_certificate, make_issued(**values))


def make_full():
    issued = make_issued(approver_name="Cleo Forana", approver_post="directora", identity="***4567**")
    issued = replace(issued, number=12, year=2026, logo=make_picture(), signature=make_picture((20, 30, 90, 255)))
    return write(write_certificate, issued)


def make_specimen():
    issued = make_issued(role=CertifiedRole.SPEAKER, page_size=PageSize.LETTER, sessions=())
    return write(write_certificate, replace(issued, code="", verification_url="", is_specimen=True))


def make_long():
    sessions = tuple(make_certified(f"T{number}", f"Taller {number} " * 6, after=number) for number in range(9))
    return make_certificate(name="Maria de la Concepció Fernández de Córdoba i Castellví", sessions=sessions)


PICTURES = {
    "certificate": make_certificate,
    "certificate_full": make_full,
    "certificate_specimen": make_specimen,
    "certificate_long": make_long,
    "certificate_castilian": lambda: make_certificate(language="es", formula=CertificateFormula.CERTIFIES),
    "certificate_english_letter": lambda: make_certificate(language="en", page_size=PageSize.LETTER),
    "certificate_own_words": lambda: make_certificate(text=f"{TEXT} hi va ser.\nI tant.", sessions=()),
    **{name.replace(" ", "_"): lambda paper=paper: paper.make(TEXT) for name, paper in PAPERS.items()},
}


@pytest.mark.parametrize("name", PICTURES)
def test_paper_looks_as_it_did(name, in_catalan, reader, golden, tmp_path):
    picture = reader.picture(PICTURES[name]())

    picture.save(tmp_path / f"{name}.png", optimize=True)  # to be kept in its place, if it is better than that one
    kept = Image.open(golden / "looks" / f"{name}.png")
    assert picture.size == kept.size
    difference = ImageStat.Stat(ImageChops.difference(picture, kept))
    assert difference.mean[0] <= MOST_ON_AVERAGE
    assert difference.extrema[0][1] <= MOST_ANYWHERE


def test_a_paper_without_its_title_does_not_look_as_it_did(in_catalan, reader, golden):
    """What is let pass is less than one line of the paper."""
    picture = reader.picture(make_certificate(event=""))

    difference = ImageStat.Stat(ImageChops.difference(picture, Image.open(golden / "looks" / "certificate.png")))
    assert difference.extrema[0][1] > MOST_ANYWHERE


def test_no_picture_is_kept_of_what_is_no_paper(golden):
    assert {path.stem for path in golden.glob("looks/*.png")} == set(PICTURES)
