"""From a picture to a person: mask, keypoints."""
