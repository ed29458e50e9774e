"""From maps and body to a clothed surface."""
