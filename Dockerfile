# The image: one program on an otherwise empty file system, run by nobody.
#
# Reproducible: a base image by its digest, packages as Debian's archive had them on that day, and no time stamps. To move on,
# take a newer image with its digest (of the list for all architectures) and its day: each month, and when Debian announces
# a hole in what drchrono-sync.cdx.json names.
ARG DEBIAN=debian:bookworm-20261005-slim@sha256:7c7b2c966bc9ee8cedfeef67e0e279108992c77681fa595db4a9d65c06ccc587

FROM ${DEBIAN} AS build
ARG DAY=20261005T000000Z
ENV SOURCE_DATE_EPOCH=0 DEBIAN_FRONTEND=noninteractive
RUN rm -f /etc/apt/sources.list.d/* \
    && for suite in bookworm bookworm-updates; do \
           echo "deb [check-valid-until=no] http://snapshot.debian.org/archive/debian/${DAY} ${suite} main"; \
       done >/etc/apt/sources.list \
    && echo "deb [check-valid-until=no] http://snapshot.debian.org/archive/debian-security/${DAY} bookworm-security main" \
           >>/etc/apt/sources.list
WORKDIR /source
COPY tools/setup tools/setup
# Node builds the admin page; what it takes from npm's registry is what web/package-lock.json names, by hash.
RUN tools/setup build web
COPY . .
# Tests are not built here: they need more than the program does. The page comes first: it is built into the program.
RUN tools/web build && cmake --preset release -DBUILD_TESTING=OFF && make build \
    && deploy/rootfs build/release/drchrono-sync /image

FROM scratch
COPY --from=build /image /
USER 65532:65532
# There is no PostgreSQL in the image: DB_HOST must be set. PORT is 8080 unless the platform says otherwise.
EXPOSE 8080
ENTRYPOINT ["/drchrono-sync"]
CMD ["serve"]
