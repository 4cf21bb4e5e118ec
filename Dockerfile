# The image of both ways in: GitHub's runner starts it as a container action, a person with `docker run`.
#
# GitHub's runner builds this file with whatever builder the machine has, so it keeps to what the classic builder knows.
# No USER: a container action must run as root (docs.github.com, "Dockerfile support for GitHub Actions"); gates are
# started as the checkout's owner. No WORKDIR: the runner and `docker run` each bring their own.

# An exact tag. The release workflow looks its digest up, builds from that and records it in the image's labels.
ARG BASE=python:3.13.14-slim-bookworm

FROM ${BASE} AS build

# Where this build finds packages and whom it trusts, for networks with a mirror of their own. pip reads them as they
# are; they are gone in the final stage.
ARG PIP_CERT
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG PIP_DEFAULT_TIMEOUT
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# Two environments: /build has pip and the build backend, /opt/gaterunner only what runs. Debian's own Python does not
# let pip write into it, so neither is the system's.
RUN python3 -m venv /build && python3 -m venv --without-pip /opt/gaterunner
COPY requirements/build.txt requirements/runtime.txt /src/requirements/
RUN /build/bin/pip install --quiet --require-hashes --no-deps -r /src/requirements/build.txt \
 && /build/bin/pip --python /opt/gaterunner/bin/python install --quiet --no-compile --require-hashes \
      --no-deps -r /src/requirements/runtime.txt
COPY pyproject.toml README.md LICENSE /src/
COPY gaterunner /src/gaterunner
# Bytecode for what a run imports; not for what it never does. The scanner's notices are kept, compressed.
RUN /build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheel /src \
 && /build/bin/pip --python /opt/gaterunner/bin/python install --quiet --no-compile --no-deps --no-index /wheel/*.whl \
 && /opt/gaterunner/bin/python -m compileall -q --invalidation-mode unchecked-hash -x '/(pygments|cffi|pycparser|sentry_sdk/integrations)/' \
      /opt/gaterunner/lib \
 && find /opt/gaterunner/lib -name THIRD_PARTY_NOTICES -exec gzip -9 {} +

# The secret rules, compiled once here instead of 3 s in every run. The engine trusts only a cache that its own user,
# here root, owns and nobody else can write.
ENV KF_RULE_CACHE_DIR=/opt/gaterunner/rules
RUN mkdir -m 755 /opt/gaterunner/rules \
 && /opt/gaterunner/bin/python -I -c "from gaterunner.secrets.engine import Engine as E; assert E.warm() == 'stored'" \
 && chmod -R a+rX,go-w /opt/gaterunner


FROM ${BASE}

ENV GATERUNNER_IMAGE=1 KF_RULE_CACHE_DIR=/opt/gaterunner/rules
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends git ca-certificates >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log
COPY --from=build /opt/gaterunner /opt/gaterunner

# -I: a workflow's PYTHON* variables are meant for the project's own Python, and with PYTHONPATH=. this one would import
# the branch's code.
ENTRYPOINT ["/opt/gaterunner/bin/python", "-I", "-m", "gaterunner"]
