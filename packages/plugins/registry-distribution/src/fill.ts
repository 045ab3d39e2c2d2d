/** Puts the bundle into the registry over HTTP, through the ssh connection to master0: no port of it need be open to us. */
import {
  type BundleImage,
  copyImageToRegistry,
  createRegistryClient,
  type Host,
  type PlanContext,
  parseReference,
  type RegistryClient,
  SealerError,
  type StepDraft,
  tryAgain,
} from '@sealer/core';
import { expectOwnListener, whoListens } from './own-listener.js';
import { repositoryRoot, service } from './places.js';
import { registryErrors } from './registry-errors.js';

const concurrentImages = 4;

export function fillRegistry(ctx: PlanContext): StepDraft[] {
  const { bundle } = ctx.image.config;
  if (!bundle.length) return [];
  const total = bundle.reduce((sum, image) => sum + image.size, 0);
  return [
    ctx.step('Fill the registry', {
      host: ctx.master0,
      effects: bundle.map((image) => `push ${image.name} (${image.size} bytes)`),
      check: async (host, io) =>
        (await whoListens(host, ctx.cluster.registry.port)) === 'own' &&
        withClient(ctx, host, async (client) => {
          const all = async () => await Promise.all(bundle.map((image) => holds(ctx, client, image)));
          const present = await tryAgain(all, { signal: io.signal, limit: io.patience, passes: isRegistryAway });
          return present.every(Boolean);
        }),
      run: async (host, io) => {
        await expectOwnListener(host, ctx.cluster.registry.port);
        await withClient(ctx, host, async (client) => {
          let current = 0;
          const onBytes = (bytes: number) => {
            current += bytes;
            io.progress(current, total, 'bytes');
          };
          // Side by side: one stream through ssh and TLS spends most of its time waiting.
          const waiting = byDigest(bundle);
          const worker = async () => {
            for (let names = waiting.shift(); names; names = waiting.shift()) {
              let from: string | undefined;
              for (const image of names) {
                const { repository, tag } = place(ctx, image);
                // Under its second name the registry takes it from the first.
                const mountFrom = () => from;
                const copy = async () => {
                  const before = current;
                  const options = { signal: io.signal, onBytes, mountFrom };
                  await copyImageToRegistry(io.store, image, client, repository, tag, options).catch((cause) => {
                    onBytes(before - current);
                    throw cause;
                  });
                };
                await tryAgain(copy, {
                  signal: io.signal,
                  passes: isRegistryAway,
                  onWait: (cause) => io.log(`tried again until it answers: ${(cause as Error).message}`),
                });
                from = repository;
              }
            }
          };
          await Promise.all(Array.from({ length: concurrentImages }, worker));
        });
      },
    }),
  ];
}

/** The names of one image together, the largest image first. */
function byDigest(bundle: readonly BundleImage[]): BundleImage[][] {
  const found = new Map<string, BundleImage[]>();
  for (const image of bundle) found.set(image.digest, [...(found.get(image.digest) ?? []), image]);
  const size = ([image]: BundleImage[]) => image?.size ?? 0;
  return [...found.values()].sort((a, b) => size(b) - size(a));
}

function place(ctx: PlanContext, image: BundleImage): { repository: string; tag: string | undefined } {
  const { domain, path, tag } = parseReference(image.name);
  const own = domain === `${ctx.cluster.registry.domain}:${ctx.cluster.registry.port}`;
  return { repository: own ? path : `${repositoryRoot(domain)}/${path}`, tag };
}

/** It restarts. Blobs and manifests go by digest: what has arrived is found there, and is not sent again. */
function isRegistryAway(cause: unknown): boolean {
  if (!SealerError.is(cause)) return false;
  if (cause.code === 'REGISTRY_UNREACHABLE' || cause.code === 'HOST_CONNECTION_LOST') return true;
  return cause.code === 'HOST_UNREACHABLE' && /refused|reset/i.test(cause.message);
}

async function holds(ctx: PlanContext, client: RegistryClient, image: BundleImage): Promise<boolean> {
  const { repository, tag } = place(ctx, image);
  const found = await client.headManifest(repository, tag ?? image.digest);
  // An index that was fetched for one platform may be there as that platform's manifest only.
  return found !== undefined && (found.digest === image.digest || image.blobs.includes(found.digest));
}

async function withClient<T>(ctx: PlanContext, host: Host, work: (client: RegistryClient) => Promise<T>): Promise<T> {
  const { domain, port } = ctx.cluster.registry;
  // Its own CA, made for this cluster, and no other: whoever answers has to have a certificate of it.
  const ca = await host.query.readFile(`${ctx.paths.base}/registry/ca.crt`);
  if (!ca) throw registryErrors.REGISTRY_NOT_RUNNING({ host: host.name, port, service });
  const client = createRegistryClient({
    baseUrl: `https://${domain}:${port}`,
    servername: domain,
    connect: () => host.connect(port),
    // One that was ended in the middle of a request may leave its connection open: measured, it was noticed only then.
    silence: { headers: 60_000, body: 30_000 },
    ca,
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
