# The shop as a container; compose.yaml starts it with PostgreSQL and the worker beside it.

FROM python:3.11-slim AS packages
COPY requirements.txt requirements-sentry.txt ./
# Exactly the files that were locked, or none.
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes \
    -r requirements.txt -r requirements-sentry.txt

FROM python:3.11-slim
RUN useradd --system --home-dir /srv/soulfra soulfra && install --directory --owner=soulfra /srv/soulfra /srv/media
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/soulfra
COPY --chown=soulfra . .
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 DEBUG=false PORT=5001 WEB_ADDRESS=0.0.0.0 MEDIA_ROOT=/srv/media
USER soulfra
EXPOSE 5001
# It answers once its migrations are done, however long they take.
HEALTHCHECK --interval=5s --start-period=30m \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:5001/healthz', timeout=2)"]
CMD ["python", "manage.py", "serve_shop"]
