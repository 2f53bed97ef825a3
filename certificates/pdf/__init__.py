"""Papers drawn with ReportLab: values in, bytes out.

Importing what is below takes 0.2 s, so `certificates.papers` does it at the first paper that somebody asks for.
"""
