"""Certificates that are signed electronically: as poppler sees them, and as they are verified afterwards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from certificates import papers
from core import config
from core.config import ConfigurationError
from tests.certificates.samples import make_issued
from tests.certificates.structures import find_problems

PASSWORD = "mot de pas"


@pytest.fixture(scope="module")
def key_file(tmp_path_factory):
    """A key and the certificate of it, signed by itself, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Equip de proves")])
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    protection = serialization.BestAvailableEncryption(PASSWORD.encode())
    path = tmp_path_factory.mktemp("key") / "key.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"proves", key, certificate, None, protection))
    return path


@pytest.fixture
def environ(key_file, tmp_path):
    return {
        "JORNADA_INSTANCE_PATH": str(tmp_path / "instance"),
        "JORNADA_SIGNING_CERTIFICATE": str(key_file),
        "JORNADA_SIGNING_PASSWORD": PASSWORD,
    }


@pytest.fixture
def signing(app, environ, monkeypatch):
    settings = replace(app.config["SETTINGS"], signing_key=config.load(environ).signing_key)
    monkeypatch.setitem(app.config, "SETTINGS", settings)


@pytest.mark.usefixtures("signing")
def test_signature_is_one_that_poppler_finds_valid(reader):
    document = papers.draw_certificate(make_issued())

    said = reader.signatures(document)
    assert "Signature Type: ETSI.CAdES.detached" in said
    assert "Signer Certificate Common Name: Equip de proves" in said
    assert "Total document signed" in said
    assert "Signature Validation: Signature is Valid." in said


@pytest.mark.usefixtures("signing")
def test_a_change_after_the_signature_is_found(reader):
    document = papers.draw_certificate(make_issued())

    said = reader.signatures(document.replace(b"/Lang (ca)", b"/Lang (es)"))

    assert "Signature Validation: Digest Mismatch." in said


@pytest.mark.usefixtures("signing")
def test_a_signed_certificate_is_still_tagged_and_looks_the_same(reader):
    signed = papers.draw_certificate(make_issued())

    assert find_problems(signed) == []
    assert reader.qr_codes(signed) == [make_issued().verification_url]


@pytest.mark.usefixtures("signing")
def test_a_specimen_is_not_signed(reader):
    specimen = replace(make_issued(), code="", verification_url="", is_specimen=True)

    assert b"/ByteRange" not in papers.draw_certificate(specimen)


def test_without_a_key_nothing_is_signed(app):
    assert papers.draw_certificate(make_issued()) == papers.draw_certificate(make_issued())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"JORNADA_SIGNING_PASSWORD": "another"}, "is not its password"),
        ({"JORNADA_SIGNING_PASSWORD": ""}, "is not its password"),
        ({"JORNADA_SIGNING_CERTIFICATE": "/nowhere/key.p12"}, "cannot read"),
        ({"JORNADA_SIGNING_CERTIFICATE": __file__}, "is no PKCS #12 file"),
    ],
)
def test_a_key_that_cannot_be_read_is_refused_at_the_start(environ, changed, message):
    with pytest.raises(ConfigurationError, match=message):
        config.load({**environ, **changed})


def test_the_password_is_shown_nowhere(environ):
    assert PASSWORD not in repr(config.load(environ))
