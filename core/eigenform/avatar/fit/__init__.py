"""The body that fits a photograph."""
