"""A marimo notebook: two cells, the second of which shows its cover with a player."""

import marimo

app = marimo.App()


@app.cell
def _():
    from voiceshift import Client

    client = Client()  # or Client.local(), without an account
    return (client,)


@app.cell
def _(client):
    client.create_cover("Amazing Grace", voice="tenor")
