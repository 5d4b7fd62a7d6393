# PocketStack as a container: one file that needs nothing, run by a user who may nothing else.
#   docker build -t pocketstack . && docker run --rm -p 127.0.0.1:5000:5000 -v pocketstack:/data pocketstack

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make libsqlite3-dev libssl-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The packages that it is built from change less often than its own sources.
COPY Package.swift ./
RUN swift package resolve
COPY . .
RUN make release \
    && strip -o /pocketstack .build/release/pocketstack \
    && mkdir /data

# The same C library as above: what looks names up is loaded at run time, even by a static program.
FROM debian:bookworm-slim
RUN useradd --system --uid 65532 --user-group --no-create-home --shell /usr/sbin/nologin nonroot
COPY --from=build /pocketstack /usr/local/bin/pocketstack
COPY --from=build --chown=nonroot:nonroot /data /data
USER nonroot
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["pocketstack", "health"]
ENTRYPOINT ["pocketstack"]
CMD ["serve", "--host", "0.0.0.0", "--data", "/data"]
