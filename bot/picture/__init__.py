"""Pictures of cars, drawn with Pillow. Only the first picture imports Pillow: it costs time and memory."""
