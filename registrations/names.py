"""Who a person is, with the keys that lists are ordered and searched by."""

from core.text import address_key, fold, sort_key


def person_values(first_name: str, last_name: str, email: str, organisation: str) -> dict[str, str | None]:
    """The columns that say who a registration's person is, with the keys they are ordered and found by."""
    return {
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "email_key": address_key(email) or None,
        "organisation": organisation,
        "organisation_key": sort_key(organisation),
        "sort_key": sort_key(last_name, first_name),
        "search_key": fold(f"{first_name} {last_name} {email} {organisation}"),
    }
