/**
 * Under which repositories and tags a store is served (docs/image-format.md, "Serving the store"). An image is found
 * under its path and, where two domains share a path, under its domain and path; bundled images under their own names.
 */
import { checkClusterConfig } from '../image/check-cluster-config.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import { parseReference } from '../image/reference.js';
import type { ImageStore, StoredImage } from '../store/store.js';

/** One name of an image. */
export interface ServedName {
  domain: string;
  path: string;
  tag: string | undefined;
  digest: Digest;
  /** A bundled image gives way to one that is in the store by itself. */
  bundled: boolean;
}

export type FoundTag = { digest: Digest } | { ambiguous: string[] } | undefined;

export class ServedNames {
  readonly #byRepository = new Map<string, ServedName[]>();

  constructor(names: readonly ServedName[]) {
    for (const name of names)
      for (const repository of new Set([name.path, qualified(name)]))
        this.#byRepository.set(repository, [...(this.#byRepository.get(repository) ?? []), name]);
  }

  repositories(): string[] {
    return [...this.#byRepository.keys()].sort();
  }

  has(repository: string): boolean {
    return this.#byRepository.has(repository);
  }

  tags(repository: string): string[] {
    const tags = (this.#byRepository.get(repository) ?? []).flatMap(({ tag }) => tag ?? []);
    return [...new Set(tags)].sort();
  }

  /** @param domain what containerd says in `?ns=`: the registry it asks us in place of */
  find(repository: string, tag: string, domain?: string): FoundTag {
    const all = (this.#byRepository.get(repository) ?? []).filter((name) => name.tag === tag);
    const ofDomain = domain === undefined ? [] : all.filter((name) => name.domain === domain);
    const fitting = ofDomain.length > 0 ? ofDomain : all;
    const own = fitting.filter(({ bundled }) => !bundled);
    const chosen = own.length > 0 ? own : fitting;
    const digests = new Set(chosen.map(({ digest }) => digest));
    if (digests.size > 1) return { ambiguous: [...new Set(chosen.map((name) => `${qualified(name)}:${tag}`))] };
    return chosen[0];
  }
}

/** Domain and path as a repository: a port's colon is not allowed there. */
function qualified({ domain, path }: ServedName): string {
  return `${domain.toLowerCase().replace(/[[\]]/g, '').replaceAll(':', '_')}/${path}`;
}

/** Reads what each image bundles once. */
export class NameReader {
  readonly #store: ImageStore;
  readonly #bundled = new Map<Digest, ServedName[]>();
  readonly #warn: (text: string) => void;
  #last: { of: string; names: ServedNames } | undefined;

  /** @param warn learns of images that cannot be read, and are served as far as they can */
  constructor(store: ImageStore, warn: (text: string) => void = () => undefined) {
    this.#store = store;
    this.#warn = warn;
  }

  async read(): Promise<ServedNames> {
    const images = await this.#store.list();
    const attachments = await this.#store.attachments();
    const of = JSON.stringify([images, attachments]);
    if (this.#last?.of === of) return this.#last.names;
    const names: ServedName[] = [];
    for (const image of images) {
      const { domain, path, tag } = parseReference(image.name);
      names.push({ domain, path, tag, digest: image.descriptor.digest, bundled: false });
      const without =
        (what: string) =>
        (cause: Error): never[] => {
          this.#warn(`${image.name} is served without ${what}: ${cause.message}`);
          return [];
        };
      names.push(...(await this.#bundle(image).catch(without('the images it bundles'))));
      const manifests = await manifestsOf(this.#store, image.descriptor).catch((cause): Digest[] =>
        without('what is attached to it')(cause),
      );
      for (const attached of attachments)
        if (attached.tag !== undefined && manifests.includes(attached.subject))
          names.push({ domain, path, tag: attached.tag, digest: attached.descriptor.digest, bundled: false });
    }
    this.#last = { of, names: new ServedNames(names) };
    return this.#last.names;
  }

  async #bundle({ descriptor }: StoredImage): Promise<ServedName[]> {
    const known = this.#bundled.get(descriptor.digest);
    if (known) return known;
    const names: ServedName[] = [];
    for (const config of await clusterConfigs(this.#store, descriptor)) {
      const { bundle } = checkClusterConfig(await this.#store.readSmallBlob(config.digest), config.digest);
      for (const { name, digest } of bundle) {
        const { domain, path, tag } = parseReference(name);
        names.push({ domain, path, tag, digest, bundled: true });
      }
    }
    this.#bundled.set(descriptor.digest, names);
    return names;
  }
}

/** What an attachment may belong to: the image, and those of its platforms. */
async function manifestsOf(store: ImageStore, { digest }: Descriptor): Promise<Digest[]> {
  const document = parseManifest(await store.readSmallBlob(digest), digest);
  return [digest, ...(isIndex(document) ? document.manifests.map((child) => child.digest) : [])];
}

/** Of every platform that is in the store. */
async function clusterConfigs(store: ImageStore, descriptor: Descriptor): Promise<Descriptor[]> {
  const document = parseManifest(await store.readSmallBlob(descriptor.digest), descriptor.digest);
  if (!isIndex(document)) return document.config.mediaType === mediaTypes.clusterConfig ? [document.config] : [];
  const here = async ({ digest }: Descriptor) => (await store.blobSize(digest)) !== undefined;
  const below = document.manifests.map(async (child) =>
    (await here(child)) ? await clusterConfigs(store, child) : [],
  );
  return (await Promise.all(below)).flat();
}
