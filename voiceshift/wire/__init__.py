"""The conversation with a service, from typed message down to socket.

Read in this order, from the user's side to the network's::

    exchange        one request and its answer
    connection      one WebSocket: its reader thread, its states
    event_queue     what the reader thread tells the caller, up to the connection's end
    sink            where the audio goes as it arrives
    destination     what ``to=`` names, as a sink
    messages        the protocol, both sides of it: typed messages to JSON and back
    segment         the audio inside a segment's message
    transport       websocket-client, and how its traps are passed
    library         whether the module of its name is websocket-client
    http_answer     the head of an answer to the opening handshake, or of a proxy's
    dialer          a connected socket, under one deadline
    happy_eyeballs  names to addresses, and the first address that takes a connection
    proxy           which proxy, and how to get through it
    tls             which certificates are trusted

Only :mod:`~voiceshift.wire.transport` imports websocket-client; ``messages`` and ``segment`` touch
no socket.
"""
