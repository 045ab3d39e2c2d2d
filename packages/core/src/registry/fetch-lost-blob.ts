/** Fetches one blob that the store has lost, from whichever of its places has it: mirrors first, as for a pull. */
import { SealerError } from '../errors/sealer-error.js';
import { reportBytes } from '../events/report-bytes.js';
import type { Digest } from '../image/descriptor.js';
import { parseReference } from '../image/reference.js';
import type { CheckOptions } from '../store/check-store.js';
import type { BlobPlace, NeededBlob } from '../store/needed-blobs.js';
import type { ImageStore } from '../store/store.js';
import type { RegistryAccess } from './connect-registry.js';
import { connectRegistry, mirrorsOf } from './connect-registry.js';
import type { RegistryClient } from './registry-client.js';

export interface FetchedBlob {
  /** `registry.example/team/shop` */
  from?: string;
  failures: string[];
}

export class BlobFetcher {
  readonly #store: ImageStore;
  readonly #options: CheckOptions & RegistryAccess;
  /** By address: why a registry cannot be asked. One that does not answer is waited for once. */
  readonly #silent = new Map<string, Promise<string | undefined>>();

  constructor(store: ImageStore, options: CheckOptions & RegistryAccess) {
    this.#store = store;
    this.#options = options;
  }

  async fetch(blob: NeededBlob): Promise<FetchedBlob> {
    const failures = new Set<string>();
    for (const place of blob.sources) {
      const reference = parseReference(place.name);
      for (const mirror of [...(await mirrorsOf(reference, this.#options)), undefined]) {
        const client = mirror?.client ?? (await connectRegistry(reference, this.#options));
        const repository = mirror?.prefix ? `${mirror.prefix}/${reference.path}` : reference.path;
        try {
          const silent = await this.#whySilent(client);
          if (silent !== undefined) {
            failures.add(`${reference.name}: ${silent}`);
            continue;
          }
          await this.#from(client, repository, blob, place.as);
          return { from: `${new URL(client.baseUrl).host}/${repository}`, failures: [] };
        } catch (cause) {
          this.#options.signal?.throwIfAborted();
          // What fails on this machine, such as a full disk, fails everywhere.
          if (!SealerError.is(cause)) throw cause;
          failures.add(`${reference.name}: ${cause.message}`);
        }
      }
    }
    if (failures.size === 0) failures.add('no name says where it came from');
    return { failures: [...failures] };
  }

  async #whySilent(client: RegistryClient): Promise<string | undefined> {
    const known = this.#silent.get(client.baseUrl);
    const { signal } = this.#options;
    const asked =
      known ??
      client.ping({ signal }).then(
        () => undefined,
        (cause) => {
          signal?.throwIfAborted();
          // Any answer will do: repositories have their own say.
          const mute = SealerError.is(cause) && /^REGISTRY_(UNREACHABLE|TLS)$/.test(cause.code);
          return mute ? cause.message : undefined;
        },
      );
    this.#silent.set(client.baseUrl, asked);
    return await asked;
  }

  async #from(client: RegistryClient, repository: string, blob: NeededBlob, as: BlobPlace['as']): Promise<void> {
    const { signal, emit } = this.#options;
    const { digest, size } = blob;
    if (as === 'manifest') {
      const { bytes } = await client.getManifest(repository, digest, { signal });
      await this.#store.putBlob({ digest }, bytes);
      return;
    }
    const known = size ?? (await client.headBlob(repository, digest, { signal })) ?? 0;
    const progress = reportBytes({ id: `fetch:${digest}`, title: shortened(digest), total: known, emit });
    await this.#store.putBlob(
      { digest, ...(size === undefined ? {} : { size }) },
      (start, sink) => client.getBlobFrom(repository, { digest, size: known }, start, sink, { signal }),
      { signal, onBytes: progress.onBytes, onKept: progress.onBytes },
    );
    progress.done();
  }
}

function shortened(digest: Digest): string {
  return `Fetch ${digest.slice(0, 19)}`;
}
