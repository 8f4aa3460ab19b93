"""What prices did after a story."""
