# syntax=docker/dockerfile:1
# The function's runtime image, for those who have Docker. `make xpkg` builds the same
# from Go alone, and puts it into the package.
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=v0.1.0 .
# For a build that can be repeated, give the image that compiles by its digest:
#   --build-arg GO_IMAGE=golang:1.26@sha256:…
# Nothing of it is in the result, which has no base image.
ARG GO_IMAGE=golang:1.26
FROM --platform=$BUILDPLATFORM $GO_IMAGE AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETARCH
ARG VERSION=v0.0.0-dev
# The flags are those of tools/xpkg/runtime.go.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=linux GOARCH=$TARGETARCH GOAMD64=v1 GOARM64=v8.0 GOWORK=off \
    go build -trimpath -buildvcs=false -ldflags="-s -w -buildid= -X main.version=$VERSION" -o /function ./fn

# What the licences of its libraries ask for. It fails for a licence that is not allowed.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    cd tools/licences && go run . -C /src -o /NOTICES ./fn

FROM scratch
COPY --from=build --chmod=0644 /NOTICES /NOTICES
COPY --from=build --chmod=0755 /function /function
# Collect garbage less often than by default: docs/performance.md. Set GOMEMLIMIT with the memory limit.
ENV GOGC=400
USER 2000:2000
EXPOSE 9443
ENTRYPOINT ["/function"]
