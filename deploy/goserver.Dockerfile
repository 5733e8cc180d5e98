# An image of one server from the very source that the tests run: MODULE is a Go module with its pinned version.
FROM golang:1.25.3-bookworm AS build
ARG MODULE
RUN CGO_ENABLED=0 go install -trimpath -ldflags "-s -w" "$MODULE"

FROM debian:12.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin store \
    && install -d -o store -g store -m 0700 /data
COPY --from=build /go/bin/ /usr/local/bin/
USER store
VOLUME /data
