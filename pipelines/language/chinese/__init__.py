"""Chinese headlines, simplified and traditional, by gazetteer and cue patterns of their own."""
