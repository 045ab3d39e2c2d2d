/** `sealer lint`: what a build would carry and why, and what is doubtful; nothing is written. */
import { join } from 'node:path';
import { readContext } from '../context/context-files.js';
import { suspectReasons } from '../discover/found-image.js';
import { checkTargets } from '../image/parse-platform.js';
import { defaultPlatform } from '../image/platform.js';
import { type LintFinding, lint } from '../kubefile/lint-rules.js';
import type { BuildOptions } from './build-options.js';
import { startState } from './build-state.js';
import { checkDocuments } from './check-documents.js';
import { execute } from './execute.js';
import { findHelm } from './find-helm.js';
import { RootfsView } from './rootfs-view.js';
import { runSettings } from './run-instruction.js';
import { parentImage, pullParents, readKubefile } from './start-build.js';
import { lookForImages } from './wanted-images.js';

export interface LintResult {
  images: { name: string; origin: string }[];
  warnings: LintFinding[];
}

/** @throws what a build would throw before it fetches images */
export async function lintImage(options: Omit<BuildOptions, 'tag'>): Promise<LintResult> {
  const { store, stateDirectory, signal, emit } = options;
  const { instructions } = await readKubefile(options);
  const platform = checkTargets(options.platforms ?? [])[0] ?? defaultPlatform();
  await pullParents(instructions, options, [platform]);
  const view = new RootfsView(join(stateDirectory, 'inventories'), store);
  const state = startState(await parentImage(instructions, options, platform), view);
  const inherited = Object.keys(state.env);
  const context = await readContext(options.context);
  await execute(instructions, state, {
    context,
    store,
    cache: undefined,
    downloads: join(stateDirectory, 'downloads'),
    run: runSettings(options),
    lookOnly: true,
    platform,
    buildArgs: options.buildArgs ?? {},
    signal,
    emit,
  });
  const documents = checkDocuments(state);
  const helm = () => findHelm(state, store, platform, join(stateDirectory, 'tools'));
  const { entries, suspects, ignored } = await lookForImages(state, options, helm, true);
  const images = [
    ...state.bundle.map(({ name, origin }) => ({ name, origin })),
    ...entries.map(({ reference, origin }) => ({ name: String(reference), origin })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const warnings = lint({
    instructions,
    files: [...new Map(state.files.map((file) => [file.path, file])).values()],
    images,
    suspects: suspects.map(({ image, origin, reason }) => ({ image, origin, why: suspectReasons[reason] })),
    ignored,
    documents,
    inherited,
    hasRuntime: state.runtime !== undefined,
    hasIgnoreFile: context.hasIgnoreFile,
    kubeVersion: state.kubeVersion,
  });
  return { images, warnings };
}
