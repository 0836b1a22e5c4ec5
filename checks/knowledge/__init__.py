"""What several kinds and sources know in common: grammars, tables and comparisons. Pure, like the kinds.

Grammars: ``crontab``, ``sudoers``, ``wildcards``, ``versions``, ``jsonpath``, ``urls``, ``modes``. Tables:
``readonly`` (commands that only read), ``exposures`` (what must not be on the web), ``grants`` (what would let
an account see). The rest is what kinds of one family share.
"""
