"""From meshes to fields: exact distances, and signs from the winding number."""
