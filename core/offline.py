"""The script that keeps a page on the device, for pages that must open without a network."""

from flask import Blueprint, current_app
from werkzeug.wrappers import Response

blueprint = Blueprint("offline", __name__)


@blueprint.get("/servei.js")
def worker() -> Response:
    """The service worker of each such page; from here it may serve any of them, and never an old one of itself."""
    response = current_app.send_static_file("device-worker.js")
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"
    return response
