"""What an index or a registry says now, laid over the facts: merged tables and a diff. Pure."""
