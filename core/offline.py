"""The script that keeps a page on the device, for pages that must open without a network."""

from pathlib import Path

from flask import Blueprint, Response, current_app

from core.web import conditional

blueprint = Blueprint("offline", __name__)


@blueprint.get("/servei.js")
def worker() -> Response:
    """The service worker of each such page; from here it may serve any of them, and never an old one of itself."""
    script = Path(current_app.static_folder or "", "device-worker.js").read_bytes()
    response = Response(script, content_type="text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = "/"
    return conditional(response)
