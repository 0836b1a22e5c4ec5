"""The demo's small world: two environments of a web application as files, and the addresses they answer at."""
