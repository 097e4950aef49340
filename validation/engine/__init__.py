"""The only door to Docker: engines, bases, builds, containers, reaping."""
