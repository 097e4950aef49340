"""Templates to text, and the bake plan. Pure; imports matrix, facts, model, errors."""
