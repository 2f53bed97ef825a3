"""The certificate on paper: what it says, in whose language, and that nothing somebody typed can break it."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pikepdf
import pytest
from PIL import Image

from accounts.models import CertificateFormula
from certificates.content import Picture
from certificates.models import CertifiedRole, PageSize
from certificates.pdf.certificate import write_certificate, write_certificates
from certificates.pdf.layout import PAGE_HEIGHT, PAGE_WIDTH
from tests.certificates.samples import START, make_certified, make_content, make_issued

HOSTILE = {
    "markup": "<b>Núria</b> &amp; \"'=1+1",
    "unclosed": "<i>Núria <font",
    "image": '<img src="file:///etc/passwd"/>',
    "reference": "&#0;&unknown;",
    "control": "Núria\x00\x07 \x1bPla",
    "right to left": "\u202eairúN \u200fPla",
    "arabic": "محمد الأمين",
    "emoji": "Núria 👩🏽‍🚒❤️",
    "chinese": "李小龙",
    "lone surrogate": "N\ud800úria",
    "backslash": "\\) Tj (",
    "one word of 3,000": "W" * 3000,
    "forty words": " ".join(["participació"] * 40),
    "nothing": "",
}


def draw(certificate) -> bytes:
    file = io.BytesIO()
    write_certificate(certificate, file)
    return file.getvalue()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("states_ca", {}),
        (
            "certifies_es",
            {
                "language": "es",
                "formula": CertificateFormula.CERTIFIES,
                "ends_at": START + timedelta(days=9),
                "sessions": (make_certified(), make_certified("T2", "Sesión 2", hours=2.5, after=72)),
            },
        ),
        ("unsigned_en", {"language": "en", "signatory_name": "", "venue": "", "address": ""}),
        ("one_of_several_days_ca", {"ends_at": START + timedelta(days=9), "sessions": (make_certified(after=24),)}),
        ("overlapping_ca", {"sessions": (make_certified(hours=2), make_certified("T2", "Taller 2", hours=2, after=1))}),
    ],
)
def test_certificate_says_what_was_certified(name, values, reader, golden):
    document = draw(make_issued(**values))

    assert reader.text(document) == (golden / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.usefixtures("app")
def test_only_embedded_fonts_are_named(reader):
    document = draw(make_issued())

    assert reader.fonts(document) == [
        ("AAAAAA+SourceSansPro-Regular", "yes", "yes"),
        ("AAAAAA+SourceSansPro-Semibold", "yes", "yes"),
    ]


@pytest.mark.usefixtures("app")
def test_qr_leads_to_the_verification(reader):
    document = draw(make_issued())

    assert reader.qr_codes(document) == ["https://jornades.example.org/verificacio/K7QPX-9M3TR-B4CDE-5FGH2"]


@pytest.mark.usefixtures("app")
def test_document_says_what_it_is(reader):
    info = reader.info(draw(make_issued()))

    assert (info["Title"], info["Author"], info["Subject"]) == (
        "Justificant d’assistència · Núria Col·lell i Güell",
        "Equip d’inclusió",
        "Jornada de treball",
    )
    assert b"/Lang (ca)" in draw(make_issued())


@pytest.mark.usefixtures("app")
def test_same_certificate_gives_the_same_bytes():
    assert draw(make_issued()) == draw(make_issued())


@pytest.fixture
def eager_threads():
    """Threads that take turns as often as they can, so that what they share is seen to be shared."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("eager_threads")
def test_certificates_drawn_at_once_do_not_mix(app):
    certificates = [make_issued(name=f"Persona {number}") for number in range(24)]

    def draw_in_thread(certificate) -> bytes:
        with app.app_context():
            return draw(certificate)

    with ThreadPoolExecutor(8) as pool:
        documents = list(pool.map(draw_in_thread, certificates))

    assert documents == [draw(certificate) for certificate in certificates]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_was_typed_stays_on_the_page(value, reader):
    sessions = (make_certified("T1", value), make_certified("T2", value, after=2))
    names = ("name", "event", "organiser", "venue", "address", "place", "signatory_name", "signatory_post")

    document = draw(make_issued(sessions=sessions, **dict.fromkeys(names, value)))

    for left, top, right, bottom in reader.boxes(document):
        assert 0 < left < right < PAGE_WIDTH
        assert 0 < top < bottom < PAGE_HEIGHT


@pytest.mark.usefixtures("app")
def test_markup_is_printed_as_it_was_typed(reader):
    document = draw(make_issued(name='<img src="file:///etc/passwd"> & <b>Núria', event="=1+1<br/>"))

    assert 'Que <img src="file:///etc/passwd"> & <b>Núria ha assistit a la jornada =1+1<br/>' in reader.flow(document)


@pytest.mark.usefixtures("app")
def test_sign_that_the_font_lacks_leaves_a_visible_mark(reader):
    document = draw(make_issued(name="李小龙 Pla 😀"))

    assert "Que [?] Pla [?] ha assistit" in reader.flow(document)


@pytest.mark.usefixtures("app")
def test_long_texts_are_set_smaller_before_they_need_a_second_page(reader):
    sessions = tuple(make_certified(f"T{number}", "Taller " * 12, after=number) for number in range(8))
    title = " ".join(["participació"] * 25)

    document = draw(make_issued(sessions=sessions, event=title, organiser=title[:200]))

    assert reader.info(document)["Pages"] == "1"


@pytest.mark.usefixtures("app")
def test_forty_sessions_go_on_to_a_second_page(reader):
    sessions = tuple(make_certified(f"T{number}", f"Taller {number}", after=number) for number in range(40))

    document = draw(make_issued(sessions=sessions))

    assert reader.info(document)["Pages"] == "2"
    words = reader.flow(document)
    assert [number for number in range(40) if f"Taller {number} " not in words] == []
    assert "Pàgina 2 de 2" in words
    assert "Justificant d’assistència · Núria Col·lell i Güell" in words


@pytest.mark.usefixtures("app")
def test_merged_certificates_keep_order_and_language(reader):
    certificates = [
        make_issued(name="Àlex Àvila"),
        make_issued(name="Zoë Çelik", language="es"),
        replace(make_issued(), content=make_content(name="Bob", language="en")),
    ]
    file = io.BytesIO()

    write_certificates(certificates, file, language="ca", title="Jornada", author="Equip")

    words = reader.flow(file.getvalue())
    found = ["Àlex Àvila ha assistit a la jornada", "Zoë Çelik ha asistido a la jornada", "Bob attended the event"]
    assert sorted(found, key=words.index) == found
    assert reader.info(file.getvalue())["Pages"] == "3"


def make_logo() -> Picture:
    file = io.BytesIO()
    Image.new("RGBA", (600, 200), (10, 90, 99, 128)).save(file, "PNG")
    return Picture(file.getvalue(), 600, 200)


def count_pictures(document: bytes) -> int:
    """Pictures that the document holds, their masks apart."""
    return document.count(b"/Subtype /Image") - document.count(b"/SMask")


def test_logo_stands_on_every_page_and_once_in_the_document():
    certificates = [replace(make_issued(), logo=make_logo())] * 3
    file = io.BytesIO()

    write_certificates(certificates, file, language="ca", title="Jornada", author="Equip")

    assert (count_pictures(file.getvalue()), count_pictures(draw(make_issued()))) == (1, 0)


def test_logo_takes_no_word_from_a_long_name(reader):
    organiser = "Consorci de serveis socials, " * 6

    with_logo, without = (
        reader.text(draw(replace(make_issued(organiser=organiser), logo=logo))).count("Consorci")
        for logo in (make_logo(), None)
    )

    assert (with_logo, without) == (12, 12)


def test_same_certificate_with_a_logo_gives_the_same_bytes():
    certificate = replace(make_issued(), logo=make_logo())

    assert draw(certificate) == draw(certificate)


@pytest.mark.parametrize(
    ("role", "title", "verb", "total"),
    [
        (CertifiedRole.ATTENDEE, "JUSTIFICANT D’ASSISTÈNCIA", "ha assistit a la jornada", "Total d’assistència"),
        (
            CertifiedRole.FACILITATOR,
            "JUSTIFICANT DE FACILITACIÓ",
            "ha intervingut com a persona facilitadora a la jornada",
            "Hores en total",
        ),
        (
            CertifiedRole.SPEAKER,
            "JUSTIFICANT DE PARTICIPACIÓ COM A PONENT",
            "ha intervingut com a ponent a la jornada",
            "Hores en total",
        ),
        (
            CertifiedRole.ORGANISER,
            "JUSTIFICANT D’ORGANITZACIÓ",
            "ha participat en l’organització de la jornada",
            "Hores en total",
        ),
    ],
)
def test_each_role_is_certified_in_its_words(app, reader, *, role, title, verb, total):
    words = reader.flow(draw(make_issued(role=role)))

    assert title in words
    assert f"Núria Col·lell i Güell {verb} Jornada de treball" in words
    assert total in words


def test_a_role_at_the_event_as_a_whole_has_no_hours(app, reader):
    words = reader.flow(draw(make_issued(role=CertifiedRole.ORGANISER, sessions=())))

    assert "9.30–14 h (Centre cívic, carrer Gran, 1, Barcelona). I, perquè consti" in words


def test_own_words_stand_instead_of_ours(app, reader):
    words = reader.flow(draw(make_issued(text="hi va posar <b>el cafè</b>\n\ni les cadires.")))

    assert "Núria Col·lell i Güell hi va posar <b>el cafè</b> i les cadires. 9.30–10 h Benvinguda" in words
    assert "ha assistit" not in words


def test_whoever_approves_stands_beside_who_signs_and_the_number_with_the_code(app, reader):
    issued = make_issued(approver_name="Cleo Forana", approver_post="directora", identity="***4567**")

    words = reader.flow(draw(replace(issued, number=12, year=2026)))

    assert "Núria Col·lell i Güell amb document ***4567** ha assistit" in words
    assert "Vist i plau" in words
    assert "Cleo Forana" in words
    assert "directora" in words
    assert "Núm. 12/2026" in words


def test_sheet_is_the_one_chosen_even_among_others(app, reader):
    file = io.BytesIO()
    certificates = [make_issued(page_size=size) for size in (PageSize.A4, PageSize.LETTER, PageSize.A4)]
    write_certificates(certificates, file, language="ca", title="Jornada", author="Equip")

    with pikepdf.open(file) as document:
        sizes = [tuple(round(float(side)) for side in page.mediabox[2:]) for page in document.pages]
    assert sizes == [(595, 842), (612, 792), (595, 842)]


def test_specimen_has_no_code_to_verify(app, reader):
    document = draw(replace(make_issued(), code="", verification_url="", is_specimen=True))

    words = reader.flow(document)
    assert "Això és una mostra: no certifica res." in words
    assert "Codi segur" not in words
    with pikepdf.open(io.BytesIO(document)) as opened:
        assert "/Annots" not in opened.pages[0]


def test_pages_are_written_while_they_are_drawn(app):
    """So that memory does not grow with the certificates."""
    file, sizes = io.BytesIO(), []

    def give():
        for number in range(3):
            sizes.append(file.tell())
            yield make_issued(name=f"Persona {number}")

    write_certificates(give(), file, language="ca", title="Jornada", author="Equip")

    assert sizes[0] < sizes[1] < sizes[2] < file.tell()
