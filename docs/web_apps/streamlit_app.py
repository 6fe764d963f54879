"""A Streamlit app: name a song and a voice, listen, download."""

import streamlit as st

from voiceshift import Client, VoiceShiftError

st.title("Covers")

if "client" not in st.session_state:  # one for each session
    st.session_state.client = Client()  # or Client.local(), without an account

with st.form("request"):
    song = st.text_input("Song")
    voice = st.text_input("Voice", "tenor")
    asked = st.form_submit_button("Make the cover")

if asked:
    try:
        cover = st.session_state.client.create_cover(song, voice, timeout=600)
    except VoiceShiftError as error:
        st.error(error)
    else:
        st.audio(cover.audio, cover.media_type)
        st.download_button("Download", cover.audio, f"cover{cover.suffix}")
