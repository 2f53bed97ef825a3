"""The file of a certificate: genuine only as it was given out; read in memory, whatever is in it."""

import time
import zlib
from datetime import timedelta

import pytest

from certificates import papers, prints, services
from certificates.codes import group, make_code
from certificates.verification import MOST_BYTES, FileStatus, VerificationStatus, find_codes, verify_file
from tests import factories

AFTER = factories.EVENT_START + timedelta(days=1)


@pytest.fixture
def certificate(app):
    event = factories.make_event()
    session = factories.make_session(event)
    bob = factories.make_registration(event, session)
    factories.make_attendance(bob, session)
    return services.issue(bob, now=AFTER)


def make_pdf(*codes, more=b""):
    links = b"".join(b"/URI (https://example.org/verificacio/%s)\n" % group(code).encode() for code in codes)
    return b"%PDF-1.7\n" + links + more + b"%%EOF"


def draw(certificate):
    return papers.draw_certificate(papers.read(certificate))


def check(document):
    found = verify_file(document, now=AFTER)
    return found.file, found.status


def test_file_as_we_print_it_is_genuine(certificate):
    assert check(draw(certificate)) == (FileStatus.AS_ISSUED, VerificationStatus.VALID)


@pytest.mark.both_databases
def test_file_given_out_is_genuine_though_we_draw_otherwise_now(certificate):
    former = make_pdf(certificate.code, more=b"former look")
    for _time in range(2):
        prints.note(certificate, former)

    assert check(former) == (FileStatus.AS_ISSUED, VerificationStatus.VALID)


def test_a_single_byte_makes_it_another(certificate):
    assert check(draw(certificate) + b"\n") == (FileStatus.CHANGED, VerificationStatus.VALID)


def test_genuine_file_of_a_revoked_certificate_is_revoked(certificate):
    services.revoke(certificate, "Per error", by=None, now=AFTER)

    assert check(draw(certificate)) == (FileStatus.AS_ISSUED, VerificationStatus.REVOKED)


def test_code_that_we_never_issued_makes_a_false_file():
    assert find_codes(make_pdf("X" * 20)) == set()


@pytest.mark.usefixtures("app")
def test_file_with_an_unknown_code_is_not_ours():
    assert check(make_pdf(make_code())) == (FileStatus.CHANGED, VerificationStatus.UNKNOWN)


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (b"", FileStatus.NOT_A_PDF),
        (b"PK\x03\x04", FileStatus.NOT_A_PDF),
        (make_pdf(), FileStatus.WITHOUT_CODE),
        (make_pdf(make_code(), make_code()), FileStatus.SEVERAL_CODES),
        (b"%PDF-1.7" + bytes(MOST_BYTES), FileStatus.TOO_LARGE),
    ],
)
@pytest.mark.usefixtures("app")
def test_file_that_cannot_be_checked_says_why(document, status):
    assert check(document) == (status, VerificationStatus.UNKNOWN)


def test_code_is_found_in_what_another_program_packed():
    code = make_code()
    packed = zlib.compress(b"<< /URI (http://localhost/verificacio/%s) >>" % group(code).encode())

    assert find_codes(b"%PDF-1.7 stream\r\n" + packed + b"\r\nendstream") == {code}


def test_no_more_is_unpacked_than_a_measure():
    """Thirty megabytes of zeros, five times, before the code."""
    bomb = b"stream\n" + zlib.compress(bytes(30 * 1024 * 1024)) + b"\nendstream\n"
    hidden = b"stream\n" + zlib.compress(make_pdf(make_code())) + b"\nendstream"

    assert find_codes(b"%PDF-1.7 " + bomb * 5 + hidden) == set()


def test_broken_streams_are_passed_over():
    code = make_code()

    assert find_codes(make_pdf(code, more=b"stream\n\x00\xff not packed\nendstream stream\nendstream")) == {code}


def test_code_before_a_fault_is_found_as_readers_show_it():
    code = make_code()
    packed = zlib.compress(b"<< /URI (http://localhost/verificacio/%s) >>" % group(code).encode() + bytes(200_000))
    broken = packed[:-4] + b"\0\0\0\1"

    assert find_codes(b"%PDF-1.7 stream\n" + broken + b"endstream") == {code}


def test_what_is_unpacked_in_vain_counts_too():
    """Twenty kilobytes that unfold into twenty megabytes and end with a fault, forty times, before the code."""
    packed = zlib.compress(bytes(20 * 1024 * 1024), 9)
    bomb = b"stream\n" + packed[:-4] + b"\0\0\0\1" + b"endstream\n"
    hidden = b"stream\n" + zlib.compress(make_pdf(make_code())) + b"endstream"

    assert find_codes(b"%PDF-1.7 " + bomb * 40 + hidden) == set()


def test_streams_that_never_end_are_looked_at_once():
    """Looked at anew from each beginning, two megabytes of them took an hour."""
    began = time.process_time()

    assert find_codes(b"%PDF-1.7 " + b"stream\n" * 300_000) == set()

    assert time.process_time() - began < 5
