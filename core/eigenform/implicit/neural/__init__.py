"""Neural fields: networks of the coordinates that are trained on distances, on points, or by the eikonal equation."""
