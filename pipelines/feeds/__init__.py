"""Feeds: fetch politely, guard, parse in a bounded child, schedule, diagnose, import and export."""
