"""Every fault that a service, a network or a user's own machine can bring upon a client.

``catalogue`` lists them with what the user gets; ``test_faults`` injects each one, at each step of
a conversation where it can happen; ``table`` writes the list for the documentation.
"""
