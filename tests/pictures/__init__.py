"""The chat as a phone shows it: ``make pictures`` writes it as pages, and photographs them where Chromium is."""
