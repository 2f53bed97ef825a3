"""The pages of certificates and papers, and what they show on the pages of registrations and events."""

from flask import Blueprint

from certificates.views import blocks, public, workspace

__all__ = ["BLUEPRINTS", "blocks"]

BLUEPRINTS: tuple[Blueprint, ...] = (public.blueprint, workspace.blueprint)
