# sqlbuild and nothing else: docker build -t sqlbuild .
# A project is mounted at /project: docker run --rm -v "$PWD:/project" sqlbuild build

FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# What was downloaded once is there for the next build.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    ./setup && cargo build --release --locked

FROM debian:bookworm-slim
# git fetches packages, the certificates vouch for servers, tzdata knows the time zones.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git libstdc++6 tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home sqlbuild
COPY --from=build /source/target/release/sqlbuild /usr/local/bin/sqlbuild
COPY --from=build /source/lib/duckdb/libduckdb.so /usr/local/lib/libduckdb.so
USER 10001
WORKDIR /project
ENTRYPOINT ["sqlbuild"]
CMD ["--help"]
