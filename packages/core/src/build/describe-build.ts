/** What a build leaves beside the image when asked: the bill of materials and the provenance of each platform's manifest. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Attachment } from '../image/attachment.js';
import { digestOf } from '../image/digest.js';
import { attachedProvenance } from '../provenance/find-provenance.js';
import { provenanceAttachment, provenanceStatement } from '../provenance/provenance.js';
import { makeSbom, sbomAttachment } from '../sbom/attach-sbom.js';
import type { ScanOptions } from '../sbom/scan-image.js';
import type { ImageStore, LoadedImage } from '../store/store.js';
import type { WrittenImage } from '../store/write-cluster-image.js';
import type { Statement } from '../trust/dsse.js';
import { type NewAttachment, putAttachments } from '../trust/new-attachment.js';

export interface DescribedBuild extends ScanOptions {
  name: string;
  kubefile: { path: string; text: string };
  buildArgs: Readonly<Record<string, string>>;
  started: Date;
  sbom: boolean;
  provenance: boolean;
  parentOf(image: WrittenImage): Promise<LoadedImage | undefined>;
}

/** The blobs are in the store afterwards; what is returned is attached when the image gets its name. */
export async function describeBuild(
  store: ImageStore,
  built: readonly WrittenImage[],
  build: DescribedBuild,
): Promise<Attachment[]> {
  const made: NewAttachment[] = [];
  for (const image of built) {
    const { descriptor, config } = image;
    if (build.sbom) {
      const described = { name: build.name, digest: descriptor.digest, config };
      made.push(sbomAttachment(descriptor, await makeSbom(store, described, build)));
    }
    if (build.provenance) made.push(...(await provenanceOf(store, image, build)));
  }
  return await putAttachments(store, made);
}

/** Nothing when the same build has been recorded: only the times would differ. */
async function provenanceOf(store: ImageStore, image: WrittenImage, build: DescribedBuild): Promise<NewAttachment[]> {
  const { descriptor, config } = image;
  const parent = await build.parentOf(image);
  const inherited = new Set(parent?.config.rootfs.map(({ digest }) => digest));
  const own = config.rootfs.filter(({ digest }) => !inherited.has(digest));
  const made = provenanceStatement(descriptor.digest, {
    name: build.name,
    kubefile: { path: basename(build.kubefile.path), digest: digestOf(build.kubefile.text) },
    // The uncompressed layers are the context's files in their normalised form: the same on every machine.
    context: digestOf(own.map(({ diffId }) => `${diffId}\n`).join('')),
    ...(parent ? { parent: { name: parent.name, digest: parent.digest } } : {}),
    buildArgs: build.buildArgs,
    config,
    started: build.started,
    finished: new Date(),
    sealerVersion: await ownVersion(),
  });
  const known = await attachedProvenance(store, descriptor.digest);
  const isKnown = known.some((other) => JSON.stringify(inputsOf(other)) === JSON.stringify(inputsOf(made)));
  return isKnown ? [] : [provenanceAttachment(descriptor, made)];
}

function inputsOf({ predicate }: Statement): unknown {
  const { buildDefinition, runDetails } = predicate as { buildDefinition: unknown; runDetails?: { builder?: unknown } };
  return [buildDefinition, runDetails?.builder];
}

async function ownVersion(): Promise<string> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
