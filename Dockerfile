# The version is the one that package.json brings for development, so that what is tested is what runs.
ARG NODE_IMAGE=node:24.21.0-trixie-slim
# Has the C and C++ libraries that Node and the canvas need, certificates, and neither shell nor package manager.
ARG BASE_IMAGE=gcr.io/distroless/cc-debian13:nonroot

FROM ${NODE_IMAGE} AS install
WORKDIR /retort
COPY package.json package-lock.json ./
# Optional packages stay: the canvas keeps its native part in one.
RUN npm ci --omit=dev --ignore-scripts
RUN rm -rf node_modules/node-linux-* node_modules/.bin
COPY src src
RUN mkdir --mode=777 cache
# Node files compiled code by its version, by the path of the source and by the user id that runs it.
USER 65532
# Without configuration the program loads all its parts, says what it lacks and ends: a build that cannot do that fails here.
RUN NODE_COMPILE_CACHE=cache node src/main.ts 2>&1 | grep 'Retort cannot start'
USER root
RUN chmod -R a+rX,go-w cache

FROM ${BASE_IMAGE}
# What the image stands on, as the build names it: by digest, where it looked that up.
ARG NODE_IMAGE
ARG BASE_IMAGE
LABEL org.opencontainers.image.base.name=${BASE_IMAGE} retort.node-image=${NODE_IMAGE} org.opencontainers.image.licenses=Apache-2.0
WORKDIR /retort
COPY --from=install /usr/local/bin/node /usr/local/bin/node
COPY --from=install /retort/node_modules node_modules
COPY --from=install /retort/cache cache
COPY LICENSE package.json ./
COPY src src
# Everything belongs to root and is only read. Where the cache cannot be written, Node goes on without a word.
ENV NODE_ENV=production NODE_COMPILE_CACHE=/retort/cache
# The canvas asks for the user's home as it loads, and fails where there is none.
ENV HOME=/retort
USER 65532
EXPOSE 8080
ENTRYPOINT ["node", "src/main.ts"]
