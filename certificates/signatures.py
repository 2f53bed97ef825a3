"""The electronic signature of certificates (PAdES), where the installation has a certificate to sign with.

pyHanko takes half a second to import and is an extra (requirements/signing.txt), so it waits for the first signature.
"""
# ruff: noqa: PLC0415 - see above

import io
from functools import lru_cache
from typing import Any

from core import config
from core.config import SigningKey

FIELD = "Signature"


def sign(document: bytes) -> bytes:
    """The document with a signature that allows no change after it; as it is where there is nothing to sign with.

    It is made anew each time, with the hour of the machine: the same document does not give the same bytes.
    """
    key = config.current().signing_key
    return _sign(document, key) if key else document


def _sign(document: bytes, key: SigningKey) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

    wanted = signers.PdfSignatureMetadata(
        field_name=FIELD,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    signed: io.BytesIO = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(document)), wanted, signer=_load(key))
    return signed.getvalue()


@lru_cache(maxsize=1)
def _load(key: SigningKey) -> Any:
    """Read the key once; that it can be read was seen when the configuration was."""
    from pyhanko.sign.signers import SimpleSigner

    return SimpleSigner.load_pkcs12_data(key.content, other_certs=[], passphrase=key.password.encode())
