"""The pages of the directory: organisations and networks, in the workspace alone."""

from directory import trail_words  # noqa: F401 - what is done here has its words
from directory.views import files, networks, organisations

BLUEPRINTS = (files.blueprint, organisations.blueprint, networks.blueprint)
