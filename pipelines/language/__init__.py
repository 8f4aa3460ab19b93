"""What a headline says was done, by whom and how far: one spaCy pipeline over word lists that people can read."""
