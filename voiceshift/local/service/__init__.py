"""Clients and the order of their jobs: the embedded service without its engine.

::

    server         starts and stops it all
    listener       how connections begin and end
    connection     one connection: each of its sends has a time limit
    web_pages      requests for a connection that are refused
    page           what --page shows in a browser
    session        one client: token, requests, audio
    song_exchange  songs that a client of the page chooses from, or sends
    jobs           the covers that wait and those that are made
    fair_executor  one executor that they share
    lazy_engine    what makes the covers, loaded with the first
    child          the service in a process of its own, for ``Client.local()``
"""
