/** RUN: from the cache, or executed on the rootfs as it is so far; its change becomes a layer. */

import { join } from 'node:path';
import { contextErrors } from '../context/context-errors.js';
import type { Instruction } from '../kubefile/instructions.js';
import type { RunMount } from '../kubefile/run-mounts.js';
import { RootfsCache } from '../rootfs/rootfs-cache.js';
import { findMapping, type UserMapping } from '../rootfs/user-mapping.js';
import { removeAbandonedSandboxes } from '../run/abandoned-sandboxes.js';
import { chosenIsolation, findRuntime, requireExecutable } from '../run/find-runtime.js';
import { readChange } from '../run/read-change.js';
import { runErrors } from '../run/run-errors.js';
import { runSandbox } from '../run/run-sandbox.js';
import { type BuildSecret, readSecrets, type SecretSource } from '../run/run-secrets.js';
import type { BuildState } from './build-state.js';
import type { ExecuteOptions, Fill, RunSettings } from './execute-options.js';
import { noticeChange } from './notice-change.js';
import { RunCache, runKey } from './run-cache.js';
import { writeTarLayer } from './write-layer.js';

type RunInstruction = Extract<Instruction, { keyword: 'RUN' }>;

/** @throws RUN_ISOLATION_UNKNOWN */
export function runSettings(options: {
  stateDirectory: string;
  isolation?: string | undefined;
  secrets?: readonly SecretSource[] | undefined;
  noCache?: boolean | undefined;
}): RunSettings {
  const { stateDirectory, secrets = [], noCache = false } = options;
  return { stateDirectory, isolation: chosenIsolation(options.isolation), secrets, noCache };
}

export async function runInstruction(
  instruction: RunInstruction,
  state: BuildState,
  options: ExecuteOptions & { fill: Fill },
): Promise<void> {
  const { emit, store, signal, run } = options;
  if (options.lookOnly) {
    const text = `${instruction.position.file}:${instruction.position.line}: what RUN would add is not looked at`;
    emit?.({ type: 'message', level: 'warning', code: 'RUN_NOT_LOOKED_AT', text });
    return;
  }
  await requireExecutable(options.platform);
  await removeAbandonedSandboxes(join(run.stateDirectory, 'run'));
  const mounts = instruction.mounts.map((mount) => filled(mount, options.fill));
  const secrets = await readSecrets(run.secrets);
  requireSecrets(mounts, secrets);
  const env = environment(state, options);
  const cache = new RunCache(join(run.stateDirectory, 'layers'), store);
  const key = await runKey({ state, instruction, mounts, env, platform: options.platform, context: options.context });
  const known = run.noCache ? undefined : await cache.find(key);
  if (known) emit?.({ type: 'message', level: 'info', text: '  (cached)' });
  const made = known ?? (await execute({ ...instruction, mounts }, state, env, secrets, options));
  const layer = { ...made, createdBy: instruction.text };
  await noticeChange(state, layer, store, join(run.stateDirectory, 'run-files'), signal);
  if (!known) await cache.keep(key, made);
  state.layers.push(layer);
}

async function execute(
  instruction: RunInstruction,
  state: BuildState,
  env: Record<string, string>,
  secrets: ReadonlyMap<string, BuildSecret>,
  options: ExecuteOptions,
) {
  const { emit, store, signal, run, context } = options;
  const runtime = await findRuntime(run.isolation);
  const mapping: UserMapping = await findMapping();
  const rootfses = new RootfsCache(join(run.stateDirectory, 'rootfs'), store, mapping);
  const rootfs = await rootfses.use(state.layers, { signal, emit });
  try {
    const { command, network, mounts } = instruction;
    const { upper, deleted, discard } = await runSandbox({
      command,
      network,
      mounts,
      context,
      secrets,
      env,
      lower: rootfs.path,
      mapping,
      runtime,
      directory: join(run.stateDirectory, 'run'),
      signal,
      onLine: (line) => emit?.({ type: 'message', level: 'info', text: `  | ${line}` }),
    });
    try {
      const onWarning = (text: string) => emit?.({ type: 'message', level: 'warning', text });
      const change = readChange(upper, mapping, { deleted, signal, onWarning });
      let current = 0;
      const progress = (done: boolean) =>
        emit?.({ type: 'progress', id: instruction.text, title: 'write the layer', current, unit: 'bytes', done });
      const onBytes = (bytes: number) => {
        current += bytes;
        progress(false);
      };
      const layer = await writeTarLayer(store, change, instruction.text, { signal, onBytes });
      progress(true);
      return layer;
    } finally {
      await discard();
    }
  } finally {
    await rootfs.release();
  }
}

/** ENV goes before ARG, as with docker. */
function environment(state: BuildState, options: ExecuteOptions): Record<string, string> {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return { PATH: path, HOME: '/root', ARCH: options.platform.architecture, ...state.args, ...state.env };
}

/** Its words have lost their quotes already. */
function filled(mount: RunMount, fillWord: Fill): RunMount {
  const fill = (text: string) => fillWord(text, { quotes: false });
  const absolute = (text: string) => {
    const path = fill(text);
    if (!path.startsWith('/') || /\p{Cc}/u.test(path)) throw contextErrors.BUILD_PATH_OUTSIDE({ path });
    return path;
  };
  const result = { ...mount, target: absolute(mount.target) };
  if (result.type === 'cache' || result.type === 'secret') result.id = fill(result.id);
  if (result.type === 'bind') result.source = fill(result.source);
  return result;
}

function requireSecrets(mounts: readonly RunMount[], secrets: ReadonlyMap<string, BuildSecret>): void {
  for (const mount of mounts)
    if (mount.type === 'secret' && mount.required && !secrets.has(mount.id))
      throw runErrors.RUN_SECRET_MISSING({ id: mount.id, given: [...secrets.keys()] });
}
