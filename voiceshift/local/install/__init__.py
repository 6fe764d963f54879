"""What must be there first: packages of the extra ``local`` and trained networks.

::

    requirements   whether the extra is installed
    spleeter       the network that separates vocals
    wheel          one file of a package, fetched
    resuming       a download that goes on where it broke off
    package_index  where pip would find a file
"""
