/** The CNCF distribution registry on master0, as a systemd service with TLS; nodes pull through it. */
import { definePlugin, type Registry } from '@sealer/core';
import { fillRegistry } from './fill.js';
import { installRegistry } from './install.js';
import { caFile, repositoryRoot } from './places.js';
import { removeRegistry } from './remove.js';

const distribution: Registry = {
  rootfsFiles: () => ['bin/registry'],
  requirements: (ctx, host) => {
    const { port } = ctx.cluster.registry;
    return host.name === ctx.master0.name ? { ports: [port] } : { reach: [{ address: ctx.master0.address, port }] };
  },
  aliases: (ctx) => [{ ip: ctx.master0.address, hostnames: [ctx.cluster.registry.domain] }],
  mirrors: (ctx) => {
    const { domain, port } = ctx.cluster.registry;
    const own = `${domain}:${port}`;
    const domains = new Set(ctx.image.config.bundle.map((image) => image.name.split('/')[0] as string));
    // Images named in this registry lie at its root: images of Go sealer name them so.
    domains.delete(own);
    return [
      ...[...domains]
        .sort()
        .map((name) => ({ domain: name, url: `https://${own}/v2/${repositoryRoot(name)}`, caFile: caFile(ctx) })),
      { domain: own, url: `https://${own}/v2`, caFile: caFile(ctx) },
    ];
  },
  install: installRegistry,
  fill: fillRegistry,
  trust: (ctx, host) =>
    ctx.own('Trust the certificate of the registry', host, async (_machine, io) => {
      const ca = await io.host(ctx.master0.name).query.readFile(`${ctx.paths.base}/registry/ca.crt`);
      return { files: [{ path: caFile(ctx), content: ca ?? '' }] };
    }),
  remove: removeRegistry,
};

export default definePlugin({
  name: 'registry-distribution',
  apiVersion: 1,
  apply(sealer) {
    sealer.registries.provide('distribution', distribution);
  },
});
