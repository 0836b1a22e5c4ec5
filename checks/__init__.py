"""The checks core: declared state (SOLL) against observed state (IST), read-only.

The stages, in order: :func:`checks.spec.load`, :func:`checks.collect.collect`,
:func:`checks.evaluate.evaluate`. This package knows nothing of documents and never imports docgen.
"""

__version__ = "0.1.0"
