"""What sudo grants: its files and lists read, commands matched, and what is dangerous about a rule. Pure."""
