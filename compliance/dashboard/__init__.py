"""The dashboard: one file a page, `session` for state and caching, `parts` for what pages draw alike.

Pages receive an `Assessment` and draw it; they never compute a number.
"""
