"""The conversation with a service, from typed message down to socket.

Read in this order, from the user's side to the network's::

    exchange     one request and its answer
    connection   one WebSocket: its reader thread, its states
    event_queue  what the reader thread tells the caller, up to the connection's end
    sink         where the audio goes as it arrives
    destination  what ``to=`` names, as a sink
    messages     the protocol, both sides of it: typed messages to JSON and back
    segment      the audio inside a segment's message
    transport    websocket-client, and how its traps are passed
    dialer       a connected socket: names, addresses, proxies, TLS

Only :mod:`~voiceshift.wire.transport` imports websocket-client; ``messages`` and ``segment`` touch
no socket.
"""
