"""What is wanted: load, select, resolve, explain. Pure; imports facts, model, errors."""
