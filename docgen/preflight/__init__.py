"""The dry run on the real server: the one part of docgen that writes there, apart from what collects.

It writes into one folder of its own, which a guard on the host removes when docgen says so or is gone; and, where the
spec asks for it, one entry in the host's ledger. :mod:`~docgen.preflight.commands` has every command; what is asked
besides goes through :func:`checks.collect.collect`.
"""
