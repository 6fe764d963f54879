"""Sockets and the order of jobs: the embedded service without its engine.

::

    server         starts and stops it all
    listener       new connections, and how connections end
    session        one client: token, requests, audio
    jobs           covers that wait and run
    fair_executor  whose turn it is on the workers
    child          the service in a process of its own, for ``Client.local()``
"""
