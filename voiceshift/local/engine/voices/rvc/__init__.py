"""Voices of RVC, Retrieval-based Voice Conversion, sung by ONNX Runtime alone.

In the order of the work::

    voice_files   a voice as people have it: a .pth, or a folder or ZIP file with it
    zip_members   the members of a ZIP file, nothing trusted
    torch_file    what torch.save wrote, read without executing anything
    architecture  the sizes of a voice's network, and which tensors it has
    model         sizes and weights, checked; or why a file is no such voice
    faiss_index   the index of a voice: vectors of its training
    network       all of what sings made into one file for ONNX Runtime; parts of it:
    text_encoder  from what is sung to how the voice would have it
    flow          from there to what the decoder takes
    decoder       from there to sound, and the source that excites it
    layers        layers with weights, which all three are built of
    contentvec    the content encoder made into such a file
    saved_voice   the file of a voice among the user's, and what it says
    voice         a voice, as the engine knows voices of any kind
    conversion    a window sung by it
    features      what it is told of the window, frame by frame
    mixing        its sound in place of the singer
"""
