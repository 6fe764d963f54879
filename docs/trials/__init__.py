"""What else the conversion could do: ``python -m docs.trials``.

Every *try* changes one thing or a few of the engine, for itself, and is judged on real songs and on
sung words beside the engine as it is. The page "Methods and measurements" tells what came of each.
In this package::

    tries      what is tried, and how the engine is changed for it
    methods    steps of the conversion done in another way
    workbench  songs and words analysed once, converted by each try, and judged
"""
