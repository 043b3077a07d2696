# Airflow with this project: what every Airflow container runs, here, on Kubernetes or elsewhere.
#
#   docker build --tag sparkify-airflow:0.1.0 .
#
# EXTRA_PACKAGES adds what only your Airflow needs, another provider say:
#
#   --build-arg EXTRA_PACKAGES="apache-airflow-providers-fab==3.10.2"

FROM apache/airflow:3.3.2-python3.12

SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# `sync` takes away what the vendor's image has beside the lock (some ninety providers), so that the
# packages here are those the tests ran with. pip and uv stay: the image's entrypoint knows them.
# The vendor ships no bytecode, without which every process takes twice as long to start.
ARG EXTRA_PACKAGES=""
COPY requirements.lock /opt/airflow/requirements.lock
RUN { uv pip freeze | grep -E '^(pip|uv)==' || true; } > /tmp/kept.txt \
    && uv pip sync --no-cache --compile-bytecode /opt/airflow/requirements.lock /tmp/kept.txt \
    && rm /tmp/kept.txt \
    && echo "${EXTRA_PACKAGES}" | xargs --no-run-if-empty uv pip install --no-cache \
         --compile-bytecode --constraint /opt/airflow/requirements.lock \
    && uv pip check \
    && test "$(airflow version)" = "${AIRFLOW_VERSION}"

# Beside each other: dags/ and plugins/ read include/.
COPY --chown=airflow:0 include/ /opt/airflow/include/
COPY --chown=airflow:0 plugins/ /opt/airflow/plugins/
COPY --chown=airflow:0 dags/ /opt/airflow/dags/
RUN python -m compileall -q /opt/airflow/plugins /opt/airflow/dags

USER 50000
