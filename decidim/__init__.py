"""Proposals, closing figures and results for Decidim, and the answers that come back from it."""
