# The embedded service with its page: docs/page.md, "In a container".
FROM python:3.13.5-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/voiceshift && /opt/voiceshift/bin/pip install --no-cache-dir '.[local]'

FROM python:3.13.5-slim-bookworm
# FFmpeg reads the songs that libsndfile does not: M4A, WebM and the sound of films.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home voiceshift \
    && install --directory --owner=voiceshift /cache /songs
COPY --from=build /opt/voiceshift /opt/voiceshift
ENV PATH=/opt/voiceshift/bin:$PATH XDG_CACHE_HOME=/cache XDG_DATA_HOME=/cache/data PYTHONUNBUFFERED=1
USER voiceshift
# What voiceshift setup fetches, and the voices that were added.
VOLUME /cache
EXPOSE 8765
# Whatever the answer: that there is one shows that connections are accepted and served.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8765, timeout=4); c.request('GET', '/'); c.getresponse()"]
ENTRYPOINT ["voiceshift"]
CMD ["serve", "--page", "--host", "0.0.0.0", "--songs", "/songs"]
