"""The judgement: given a story as plain values, a rule set and a time, say what it is and why. Pure."""
