/** Carries out the instructions of a Kubefile, one after the other, on a BuildState. */

import { posix } from 'node:path';
import { copySources } from '../context/copy-sources.js';
import { imagePath, type LayerEntry, layerEntry } from '../context/layer-entry.js';
import { arrangeEntries } from '../context/layer-tar.js';
import { SealerError } from '../errors/sealer-error.js';
import { imageLabels } from '../image/cluster-config.js';
import type { AppKeyword, Instruction } from '../kubefile/instructions.js';
import { substitute } from '../kubefile/substitute.js';
import { appType } from './app-files.js';
import { namespaceOf } from './app-namespace.js';
import { valuesPath } from './app-values.js';
import { buildErrors } from './build-errors.js';
import type { BuildState } from './build-state.js';
import type { ExecuteOptions } from './execute-options.js';
import { fetchSource } from './fetch-source.js';
import { noticeFiles } from './notice-files.js';
import { runInstruction } from './run-instruction.js';
import { writeLayer } from './write-layer.js';

export async function execute(
  instructions: readonly Instruction[],
  state: BuildState,
  options: ExecuteOptions,
): Promise<void> {
  state.instructions = instructions;
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
    switch (instruction.keyword) {
      case 'ARG': {
        const given =
          this.options.buildArgs[instruction.name] ??
          (instruction.value === undefined ? undefined : this.#fill(instruction.value));
        if (given !== undefined) state.args[instruction.name] = given;
        return;
      }
      case 'ENV':
        for (const [key, value] of instruction.pairs) state.env[this.#fill(key)] = this.#fill(value);
        return;
      case 'LABEL':
        for (const [key, value] of instruction.pairs) this.#label(this.#fill(key), this.#fill(value));
        return;
      case 'MAINTAINER':
        state.labels.maintainer = instruction.name;
        return;
      case 'COPY':
      case 'ADD':
        return this.#copy(instruction);
      case 'APP':
      case 'CNI':
      case 'CSI':
        return this.#app(instruction);
      case 'APPENV': {
        const app = this.#appNamed(instruction.app);
        for (const [key, value] of instruction.pairs) app.env[key] = this.#fill(value);
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
        return await runInstruction(instruction, state, { ...this.options, fill: (text) => this.#fill(text) });
      case 'FROM':
        return;
    }
  }

  #fill(text: string): string {
    const { state, options } = this;
    return substitute(text, { ARCH: options.platform.architecture, ...state.args, ...state.env });
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

  async #copy(instruction: Extract<Instruction, { keyword: 'COPY' | 'ADD' }>): Promise<void> {
    const { chmod, chown } = instruction;
    const sources = instruction.sources.map((source) => this.#fill(source));
    const destination = this.#fill(instruction.destination);
    const remote = sources.filter((source) => instruction.keyword === 'ADD' && isUrl(source));
    const local = sources.filter((source) => !remote.includes(source));
    const into = destination.endsWith('/') || destination === '.' || sources.length > 1;
    const entries: LayerEntry[] = local.length
      ? await copySources(
          this.options.context,
          local,
          sources.length > 1 && !destination.endsWith('/') ? `${destination}/` : destination,
          { chmod, chown },
        )
      : [];
    for (const url of remote) {
      const file = await this.#fetch(url, instruction.checksum);
      const path = into ? posix.join(imagePath(destination), file.path) : imagePath(destination);
      // Docker gives fetched files 0600; in a rootfs that every tool of a host reads, 0644 is what is meant.
      entries.push({ ...layerEntry(path, file, undefined, { chmod: chmod ?? '644', chown }) });
    }
    await this.#addLayer(entries, instruction.text);
  }

  async #app(instruction: Extract<Instruction, { keyword: AppKeyword }>): Promise<void> {
    const { name, keyword } = instruction;
    const { state } = this;
    const directory = `application/apps/${name}/`;
    const entries: LayerEntry[] = [];
    for (const raw of instruction.sources) {
      const source = this.#fill(raw);
      if (isUrl(source)) {
        const file = await this.#fetch(source, instruction.checksum);
        entries.push(layerEntry(`${directory}${file.path}`, file, undefined, { chmod: '644' }));
      } else
        entries.push(...(await copySources(this.options.context, [source.slice('local://'.length)], directory, {})));
    }
    const { type, files } = appType(entries, directory);
    const { namespace: said } = instruction;
    const namespace = namespaceOf(name, type, said === undefined ? undefined : this.#fill(said));
    const others = state.apps.filter((app) => app.name !== name);
    state.apps = [...others, { name, ...(type ? { type } : {}), files, commands: [], env: {}, ...namespace }];
    if (keyword === 'CNI') this.#mark(state.cni, 'cni', name);
    if (keyword === 'CSI') this.#mark(state.csi, 'csi', name);
    await this.#addLayer(entries, instruction.text);
  }

  /** Values files lie beside the app's folder, so that they are no part of the chart; each is a file of its own number. */
  async #appValues(instruction: Extract<Instruction, { keyword: 'APPVALUES' }>): Promise<void> {
    const app = this.#appNamed(instruction.app);
    const fail = (reason: string) => buildErrors.BUILD_APP_VALUES({ app: app.name, reason });
    if (app.type === 'kube' || app.type === 'shell') throw fail(`it is of type ${app.type}, no chart`);
    const entries: LayerEntry[] = [];
    for (const raw of instruction.sources) {
      const source = this.#fill(raw);
      const place = (name: string) => valuesPath(app.name, (app.values?.length ?? 0) + 1, name);
      if (isUrl(source)) {
        const file = await this.#fetch(source, instruction.checksum);
        entries.push(layerEntry(place(file.path), file, undefined, { chmod: '644' }));
      } else {
        const path = source.slice('local://'.length);
        const found = await copySources(this.options.context, [path], place(path), {});
        if (found.length !== 1 || found[0]?.path !== place(path)) throw fail(`"${path}" is not one file`);
        entries.push(...found);
      }
      app.values = [...(app.values ?? []), entries.at(-1)?.path as string];
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
    return fetchSource(url, checksum === undefined ? undefined : this.#fill(checksum), {
      directory: downloads,
      signal,
      emit,
    });
  }

  async #addLayer(entries: readonly LayerEntry[], createdBy: string): Promise<void> {
    const { state } = this;
    const { store, cache, signal, emit } = this.options;
    const arranged = arrangeEntries(entries);
    if (!arranged.length) return;
    await noticeFiles(state, arranged);
    if (this.options.lookOnly) return;
    const readSince = Date.now();
    let layer = await cache?.find(arranged);
    if (!layer) {
      const total = arranged.reduce((sum, entry) => sum + entry.size, 0);
      let current = 0;
      const onBytes = (bytes: number) => {
        current += bytes;
        emit?.({
          type: 'progress',
          id: createdBy,
          title: createdBy,
          current: Math.min(current, total),
          total,
          unit: 'bytes',
        });
      };
      layer = await writeLayer(store, arranged, createdBy, { signal, onBytes });
      emit?.({ type: 'progress', id: createdBy, title: createdBy, current: total, total, unit: 'bytes', done: true });
      await cache?.keep(arranged, layer, readSince);
    }
    state.layers.push({ ...layer, createdBy });
  }
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}
