"""What a workflow file does when it runs, read from its text and never executed: jobs, steps, shell scripts."""
