"""QR codes that are made from one another: the same as if each had been made by itself."""

import segno
from hypothesis import given
from hypothesis import strategies as st

from certificates.codes import group, make_code
from certificates.pdf.qr_codes import QRCodes


def make_by_itself(address):
    """The code as segno makes it, its rows in hexadecimal, each filled up to whole bytes."""
    matrix = segno.make(address, error="m", mode="byte", mask=3, micro=False, boost_error=False).matrix
    rows = ("".join("01"[not module] for module in row) + "1" * (-len(row) % 8) for row in matrix)
    return len(matrix), "".join(f"{int(row, 2):0{(len(row) + 3) // 4}X}" for row in rows)


def test_many_codes_are_the_same_as_each_by_itself():
    codes = QRCodes()
    addresses = [f"https://jornades.example.org/verificacio/{group(make_code())}" for _number in range(120)]

    drawn = [codes.draw(address) for address in addresses]

    assert drawn == [make_by_itself(address) for address in addresses]


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60), min_size=2))
def test_whatever_stands_in_an_address_its_code_is_the_same(addresses):
    codes = QRCodes(learns_after=1)

    assert [codes.draw(address) for address in addresses] == [make_by_itself(address) for address in addresses]


def test_an_address_beyond_ascii_is_made_by_itself():
    codes = QRCodes(learns_after=0)

    assert [codes.draw(each) for each in ("https://a/é", "https://a/è")] == [
        make_by_itself(each) for each in ("https://a/é", "https://a/è")
    ]
