# syntax=docker/dockerfile:1
# The images of the function and of kubectl-ecr, built by Docker. `make xpkg` builds the same with Go
# alone, and puts the function's into its package.
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=v0.1.0 .
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=v0.1.0 --target kubectl-ecr .
# For a reproducible build, give the digest of the image that compiles:
#   --build-arg GO_IMAGE=golang:1.26@sha256:…
# The results have no base image, and nothing of this one.
ARG GO_IMAGE=golang:1.26
FROM --platform=$BUILDPLATFORM $GO_IMAGE AS source
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETARCH
ARG VERSION=v0.0.0-dev
# The flags of both programs are those of tools/xpkg/runtime.go.
ENV CGO_ENABLED=0 GOOS=linux GOARCH=$TARGETARCH GOAMD64=v1 GOARM64=v8.0 GOWORK=off

# NOTICES is what the licences of a program's libraries require. A licence that is not allowed fails the build.
FROM source AS build-kubectl-ecr
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -buildvcs=false -o /kubectl-ecr \
    -ldflags="-s -w -buildid= -X github.com/ontopix/crossplane-ecr/internal/cli/version.number=$VERSION" ./cmd/kubectl-ecr
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    cd tools/licences && GOARCH= go run . -C /src -o /NOTICES ./cmd/kubectl-ecr

FROM scratch AS kubectl-ecr
COPY --from=build-kubectl-ecr --chmod=0644 /NOTICES /NOTICES
COPY --from=build-kubectl-ecr --chmod=0755 /kubectl-ecr /kubectl-ecr
USER 2000:2000
WORKDIR /work
ENTRYPOINT ["/kubectl-ecr"]

FROM source AS build-function
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -buildvcs=false -o /function -ldflags="-s -w -buildid= -X main.version=$VERSION" ./fn
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    cd tools/licences && GOARCH= go run . -C /src -o /NOTICES ./fn

FROM scratch AS function
COPY --from=build-function --chmod=0644 /NOTICES /NOTICES
COPY --from=build-function --chmod=0755 /function /function
# Collect garbage less often than by default: docs/performance.md. Set GOMEMLIMIT with the memory limit.
ENV GOGC=400
USER 2000:2000
EXPOSE 9443
ENTRYPOINT ["/function"]
