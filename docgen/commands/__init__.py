"""One file per command; each parses, calls, prints and exits. Listed in :data:`docgen.cli.COMMANDS`."""
