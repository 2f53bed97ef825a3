"""Tests of the script that keeps a page on the device."""


def test_the_worker_may_serve_any_page_and_is_never_an_old_one(client):
    with client.get("/servei.js") as answer:
        assert answer.headers["Service-Worker-Allowed"] == "/"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.mimetype == "text/javascript"
