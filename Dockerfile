# The shop as a container; compose.yaml starts it with PostgreSQL and the worker beside it.

# Debian 13, exactly this one; docs/deploying.md says how to take a newer one.
ARG BASE=debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f

FROM ${BASE} AS python
RUN apt-get update \
    && apt-get upgrade --yes \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* /var/cache/*

FROM python AS packages
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv
COPY requirements*.txt ./
# Files in a bucket want `--build-arg EXTRAS=requirements-s3.txt`.
ARG EXTRAS=requirements-sentry.txt
# Exactly the files that were locked, or none. Afterwards nothing needs pip, or the sources of translations.
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes \
        -r requirements.txt -r requirements-sentry.txt -r "$EXTRAS" \
    && /opt/venv/bin/pip uninstall --yes pip \
    && find /opt/venv -name '*.po' -delete

FROM python
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/soulfra
COPY . .
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DEBUG=false PORT=5001 WEB_ADDRESS=0.0.0.0 MEDIA_ROOT=/srv/media
# All of this is root's and can't be changed by the shop, which writes to /srv/media and /tmp alone. The key signs nothing:
# collecting the static files only wants one. manage.py makes files that are readable by their owner alone.
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent soulfra \
    && install --directory --owner=soulfra --mode=700 /srv/media \
    && SECRET_KEY=unused python manage.py collectstatic --verbosity=0 --no-input \
    && python -m compileall -q . \
    && chmod -R a+rX,go-w .
USER 10001
VOLUME /srv/media
EXPOSE 5001
# It answers once its migrations are done, however long they take.
HEALTHCHECK --interval=5s --start-period=30m \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:5001/healthz', timeout=2)"]
CMD ["python", "manage.py", "serve_shop"]
