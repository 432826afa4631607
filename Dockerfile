# The gateway as one image, for every role (docs/operations.md). Built from the lock alone: npm runs
# no script of a package (.npmrc).
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /srv/raccord
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /srv/raccord
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="Raccord" \
      org.opencontainers.image.description="A simulated Chorus Pro EDI gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /srv/raccord
COPY package.json LICENSE NOTICE ./
COPY gateway/cli/raccord.mjs gateway/cli/node-settings.json gateway/cli/
COPY --from=packages /srv/raccord/node_modules node_modules
COPY --from=build /srv/raccord/dist dist
COPY --from=build /srv/raccord/sbom.cdx.json ./
# Volumes take their owner from these folders. Nothing else is ever written to but /tmp.
RUN ln -s /srv/raccord/gateway/cli/raccord.mjs /usr/local/bin/raccord \
 && install -d -o node -g node -m 0700 /var/lib/raccord /var/lib/raccord-identity
ENV NODE_ENV=production \
    NODE_DISABLE_COMPILE_CACHE=1 \
    RACCORD_DATA=/var/lib/raccord \
    RACCORD_HOST=0.0.0.0
USER 1000:1000
VOLUME /var/lib/raccord
EXPOSE 2222 8081 8444 5001 8080 9464
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=4 CMD ["raccord", "ready"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["raccord"]
CMD ["serve"]
