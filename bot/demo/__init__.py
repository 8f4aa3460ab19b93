"""A packaged day of news for ``lodestone demo``: ``day.jsonl``, and ``expected.json`` with how a reader would judge it.

The day is invented. No event in it happened, most publishers and companies in it do not exist, and what it says of
real institutions was made up for the demonstration.
"""
