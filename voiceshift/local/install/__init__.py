"""What must be there first: packages of the extra ``local`` and trained networks.

::

    requirements  whether the extra is installed
    spleeter      the network that separates vocals
    network_file  where that is kept
    contentvec    the network that RVC voices are told what is sung by
    cache         where such networks are kept
    wheel         a file of a package, from the index of the user's pip
    download      a file by its URL, which goes on where it broke off
"""
