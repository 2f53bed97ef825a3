"""How papers look: pictures of their pages beside those kept, coarse enough for any version of poppler."""

from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageStat

from certificates.models import CertifiedRole, PageSize
from certificates.pdf.certificate import write_certificate
from tests.certificates.samples import make_certified, make_issued, make_list, make_picture, write

MOST_ON_AVERAGE = 1.5  # of 255
MOST_ANYWHERE = 48


def make_full():
    issued = make_issued(approver_name="Cleo Forana", approver_post="directora", identity="***4567**")
    return replace(issued, number=12, year=2026, logo=make_picture(), signature=make_picture((20, 30, 90, 255)))


def make_specimen():
    issued = make_issued(role=CertifiedRole.SPEAKER, page_size=PageSize.LETTER, sessions=())
    return replace(issued, code="", verification_url="", is_specimen=True)


def make_long():
    sessions = tuple(make_certified(f"T{number}", f"Taller {number} " * 6, after=number) for number in range(9))
    return make_issued(name="Maria de la Concepció Fernández de Córdoba i Castellví", sessions=sessions)


PICTURES = {
    "certificate": lambda: write(write_certificate, make_issued()),
    "certificate_full": lambda: write(write_certificate, make_full()),
    "certificate_specimen": lambda: write(write_certificate, make_specimen()),
    "certificate_long": lambda: write(write_certificate, make_long()),
    "attendee_list": lambda: make_list(columns=6),
}


@pytest.mark.parametrize("name", PICTURES)
def test_paper_looks_as_it_did(name, in_catalan, reader, golden, tmp_path):
    picture = reader.picture(PICTURES[name]())

    picture.save(tmp_path / f"{name}.png", optimize=True)  # to be kept in its place, if it is better than that one
    kept = Image.open(golden / f"{name}.png")
    assert picture.size == kept.size
    difference = ImageStat.Stat(ImageChops.difference(picture, kept))
    assert difference.mean[0] <= MOST_ON_AVERAGE
    assert difference.extrema[0][1] <= MOST_ANYWHERE


def test_a_paper_without_its_title_does_not_look_as_it_did(in_catalan, reader, golden):
    """What is let pass is less than one line of the paper."""
    picture = reader.picture(write(write_certificate, make_issued(event="")))

    difference = ImageStat.Stat(ImageChops.difference(picture, Image.open(golden / "certificate.png")))
    assert difference.extrema[0][1] > MOST_ANYWHERE
