/** Carries out the instructions of a Kubefile, one after the other, on a BuildState. */

import type { ContextFile } from '../context/context-files.js';
import { findSources } from '../context/find-sources.js';
import { byRoot, entryOf, folderEntry, type LayerEntry } from '../context/layer-entry.js';
import { SealerError } from '../errors/sealer-error.js';
import { imageLabels } from '../image/cluster-config.js';
import { fillWord } from '../kubefile/fill-word.js';
import type { AppKeyword, Instruction } from '../kubefile/instructions.js';
import { Placer } from '../rootfs/place-entries.js';
import { addLayer } from './add-layer.js';
import { appType } from './app-files.js';
import { valuesPath } from './app-values.js';
import { buildErrors } from './build-errors.js';
import type { BuildState } from './build-state.js';
import { copyInstruction, isUrl } from './copy-instruction.js';
import type { ExecuteOptions, Fill } from './execute-options.js';
import { fetchSource } from './fetch-source.js';
import { runInstruction } from './run-instruction.js';

export async function execute(
  instructions: readonly Instruction[],
  state: BuildState,
  options: ExecuteOptions,
): Promise<void> {
  const executor = new Executor(state, options);
  for (const [index, instruction] of instructions.entries()) {
    options.signal?.throwIfAborted();
    options.emit?.({
      type: 'message',
      level: 'info',
      text: `[${index + 1}/${instructions.length}] ${instruction.text}`,
    });
    try {
      await executor.run(instruction);
    } catch (cause) {
      throw SealerError.is(cause) && !cause.position ? cause.at(instruction.position) : cause;
    }
  }
}

class Executor {
  constructor(
    private readonly state: BuildState,
    private readonly options: ExecuteOptions,
  ) {}

  async run(instruction: Instruction): Promise<void> {
    const { state } = this;
    const fill = this.#filler(instruction);
    switch (instruction.keyword) {
      case 'ARG': {
        const given =
          this.options.buildArgs[instruction.name] ??
          (instruction.value === undefined ? undefined : fill(instruction.value));
        if (given !== undefined) state.args[instruction.name] = given;
        return;
      }
      case 'ENV':
        // All of a line see what was set before it.
        for (const [key, value] of instruction.pairs.map(([key, value]) => [fill(key), fill(value)] as const))
          state.env[key] = value;
        return;
      case 'LABEL':
        for (const [key, value] of instruction.pairs) this.#label(fill(key), fill(value));
        return;
      case 'MAINTAINER':
        state.labels.maintainer = instruction.name;
        return;
      case 'COPY':
      case 'ADD':
        return await copyInstruction(instruction, state, { ...this.options, fill });
      case 'APP':
      case 'CNI':
      case 'CSI':
        return this.#app(instruction);
      case 'APPENV': {
        const app = this.#appNamed(instruction.app);
        for (const [key, value] of instruction.pairs) app.env[fill(key)] = fill(value);
        return;
      }
      case 'APPVALUES':
        return this.#appValues(instruction);
      case 'APPCMDS':
        this.#appNamed(instruction.app).commands = [...instruction.commands];
        return;
      case 'KUBEVERSION':
        state.kubeVersion = instruction.range;
        state.labels[imageLabels.kubeVersion] = instruction.range;
        return;
      case 'LAUNCH':
        for (const app of instruction.apps) this.#appNamed(app);
        state.launch.apps = [...instruction.apps];
        return;
      case 'CMDS':
      case 'CMD':
        state.launch.commands.push(...instruction.commands);
        return;
      case 'RUN':
        return await runInstruction(instruction, state, { ...this.options, fill });
      case 'FROM':
        return;
    }
  }

  /** Variables and quotes of the words of an instruction. */
  #filler({ escapeToken }: Instruction): Fill {
    const { state, options } = this;
    return (text, { quotes } = { quotes: true }) =>
      fillWord(text, { ARCH: options.platform.architecture, ...state.args, ...state.env }, { escapeToken, quotes });
  }

  #label(key: string, value: string): void {
    const { state } = this;
    state.labels[key] = value;
    const { labels } = state;
    const of = (type: string | undefined, version: string | undefined) =>
      type === undefined ? undefined : { type, ...(version === undefined ? {} : { version }) };
    // In whatever order the labels come.
    if (key === imageLabels.runtimeType || key === imageLabels.runtimeVersion)
      state.runtime = of(labels[imageLabels.runtimeType] ?? 'kubernetes', labels[imageLabels.runtimeVersion]);
    if (key === imageLabels.containerRuntimeType || key === imageLabels.containerRuntimeVersion)
      state.containerRuntime = of(
        labels[imageLabels.containerRuntimeType],
        labels[imageLabels.containerRuntimeVersion],
      );
  }

  async #app(instruction: Extract<Instruction, { keyword: AppKeyword }>): Promise<void> {
    const { name, keyword } = instruction;
    const { state } = this;
    const directory = `application/apps/${name}/`;
    const placer = new Placer(await this.#tree(), directory);
    const fill = this.#filler(instruction);
    const checksum = instruction.checksum === undefined ? undefined : fill(instruction.checksum);
    for (const raw of instruction.sources) {
      const source = fill(raw);
      if (isUrl(source)) this.#placeFetched(placer, await this.#fetch(source, checksum));
      else
        for (const found of await findSources(this.options.context, source.slice('local://'.length)))
          placer.source(found, ownedByRoot);
    }
    const entries = placer.entries.map(({ seenAs, ...entry }) => ({ ...entry, path: seenAs ?? entry.path }));
    const { type, files } = appType(entries, directory);
    const twice = files.find((file, index) => files.indexOf(file) < index);
    if (twice !== undefined) throw buildErrors.BUILD_APP_FILES({ app: name, file: twice });
    const others = state.apps.filter((app) => app.name !== name);
    state.apps = [...others, { name, ...(type ? { type } : {}), files, commands: [], env: {} }];
    if (keyword === 'CNI') this.#mark(state.cni, 'cni', name);
    if (keyword === 'CSI') this.#mark(state.csi, 'csi', name);
    await this.#addLayer(placer.entries, instruction.text);
  }

  /** Values files lie beside the app's folder, so that they are no part of the chart; each is a file of its own number. */
  async #appValues(instruction: Extract<Instruction, { keyword: 'APPVALUES' }>): Promise<void> {
    const app = this.#appNamed(instruction.app);
    const fail = (reason: string) => buildErrors.BUILD_APP_VALUES({ app: app.name, reason });
    if (app.type === 'kube' || app.type === 'shell') throw fail(`it is of type ${app.type}, no chart`);
    const entries: LayerEntry[] = [];
    const tree = await this.#tree();
    const fill = this.#filler(instruction);
    const checksum = instruction.checksum === undefined ? undefined : fill(instruction.checksum);
    for (const raw of instruction.sources) {
      const source = fill(raw);
      const place = (name: string) => valuesPath(app.name, (app.values?.length ?? 0) + 1, name);
      if (isUrl(source)) {
        const file = await this.#fetch(source, checksum);
        app.values = [...(app.values ?? []), place(file.path)];
        entries.push(...this.#placeFetched(new Placer(tree, place(file.path)), file));
      } else {
        const path = source.slice('local://'.length);
        const [found, ...more] = await findSources(this.options.context, path);
        if (!found?.file || found.file.stats.isDirectory() || more.length > 0) throw fail(`"${path}" is not one file`);
        const placer = new Placer(tree, place(path));
        placer.source(found, ownedByRoot);
        app.values = [...(app.values ?? []), place(path)];
        entries.push(...placer.entries);
      }
    }
    await this.#addLayer(entries, instruction.text);
  }

  #mark(list: string[], kind: string, name: string): void {
    if (!list.includes(name)) list.push(name);
    this.state.labels[`cluster.alpha.sealer.io/kube-${kind}-${name}`] = 'true';
  }

  #appNamed(name: string) {
    const app = this.state.apps.find((candidate) => candidate.name === name);
    if (!app)
      throw buildErrors.BUILD_APP_UNKNOWN({ app: name, known: this.state.apps.map((candidate) => candidate.name) });
    return app;
  }

  #fetch(url: string, checksum: string | undefined) {
    const { downloads, signal, emit } = this.options;
    return fetchSource(url, checksum, { directory: downloads, signal, emit });
  }

  #tree() {
    return this.state.view.tree(this.state.layers, this.options);
  }

  #placeFetched(placer: Placer, file: ContextFile): readonly LayerEntry[] {
    placer.file(file.path, entryOf(file, undefined, { ...byRoot, mode: () => 0o644 }));
    return placer.entries;
  }

  async #addLayer(entries: readonly LayerEntry[], createdBy: string): Promise<void> {
    await addLayer(entries, createdBy, await this.#tree(), this.state, this.options);
  }
}

function ownedByRoot(file: ContextFile | undefined, target: string | undefined) {
  return file ? entryOf(file, target, byRoot) : folderEntry(byRoot);
}
