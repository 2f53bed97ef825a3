"""Sign-up, places, attendance, attendee lists and the mails that go with them."""
