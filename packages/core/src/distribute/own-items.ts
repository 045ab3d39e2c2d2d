/**
 * Places items outside sealer's own folders. What was there is recorded (and kept) before it is touched, so that
 * `giveBack` leaves the host as it was. Ledger lines, in the order things were done:
 *   F path            a file or link that was not there        B path backup    one that was, and where it is kept
 *   D path            a folder we made                         T path           a folder our programs will make
 *   H path            a file we added marked lines to          S key value      a kernel setting and what it was
 * Beside it, `placed` has a line for all that was put there (`digest path`, `-> target path`, `= value key`): what does
 * not look like it any more was changed by somebody else since, and is kept.
 */
import { createHash } from 'node:crypto';
import { pack } from 'tar-stream';
import type { ClusterPaths } from '../cluster/paths.js';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import { Secret } from '../secrets/secret.js';
import type { OwnedFile, OwnedItems } from './owned-items.js';

interface Placement {
  spec: string;
  files: OwnedFile[];
}

/** True when everything is in place as wanted. */
export async function itemsHold(host: Host, cluster: string, paths: ClusterPaths, items: OwnedItems): Promise<boolean> {
  const { spec } = describePlacement(cluster, items);
  const command = script(scripts.itemsHold, paths.base, marker(cluster), String(Buffer.byteLength(spec)));
  return host.query.succeeds(command, { stdin: spec });
}

/** @throws HOST_COMMAND_FAILED; what was recorded until then is taken back by `giveBack` */
export async function placeItems(host: Host, cluster: string, paths: ClusterPaths, items: OwnedItems): Promise<void> {
  const { spec, files } = describePlacement(cluster, items);
  const command = script(scripts.placeItems, paths.base, marker(cluster), String(Buffer.byteLength(spec)));
  await host.run(command, { stdin: Buffer.concat([Buffer.from(spec), await archive(files)]) });
}

/**
 * Takes back everything the ledger names and removes the cluster's folder.
 * @returns what was kept because somebody else has changed it, a sentence each
 */
export async function giveBack(host: Host, cluster: string, paths: ClusterPaths): Promise<string[]> {
  const { stdout } = await host.run(script(scripts.giveBack, paths.base, marker(cluster)));
  return stdout.split('\n').filter(Boolean);
}

/** What placing will do, for plans. */
export function describeItems(items: OwnedItems): string[] {
  return [
    ...(items.files ?? []).map((file) => `write ${file.path}`),
    ...Object.entries(items.links ?? {}).map(([path, target]) => `link ${path} -> ${target}`),
    ...(items.linkEach ? [`link ${items.linkEach.into}/* -> ${items.linkEach.from}/*`] : []),
    ...(items.lines ? items.lines.lines.map((line) => `add to ${items.lines?.path}: ${line}`) : []),
    ...Object.entries(items.sysctls ?? {}).map(([key, value]) => `set ${key} = ${value}`),
  ];
}

function marker(cluster: string): string {
  return `# sealer:${cluster}`;
}

function describePlacement(cluster: string, items: OwnedItems): Placement {
  const files = [...(items.files ?? [])];
  const sysctls = Object.entries(items.sysctls ?? {});
  if (sysctls.length) {
    // Each set of settings has a file of its own: two steps must not write the same one.
    const set = createHash('sha256')
      .update(Object.keys(items.sysctls ?? {}).join())
      .digest('hex')
      .slice(0, 6);
    files.push({
      path: `/etc/sysctl.d/90-sealer-${cluster}-${set}.conf`,
      content: sysctls.map(([key, value]) => `${key} = ${value}\n`).join(''),
    });
  }
  const lines = [
    ...(items.trees ?? []).map((path) => ['T', path]),
    ...files.map((file, number) => {
      const sum = createHash('sha256').update(plain(file.content)).digest('hex');
      return ['F', String(number), (file.mode ?? 0o644).toString(8), sum, file.path];
    }),
    ...Object.entries(items.links ?? {}).map(([path, target]) => ['L', path, target]),
    ...(items.linkEach ? [['E', items.linkEach.from, items.linkEach.into]] : []),
    ...(items.lines ? [['P', items.lines.path], ...items.lines.lines.map((line) => ['H', line])] : []),
    ...sysctls.map(([key, value]) => ['S', key, value]),
  ];
  return { spec: `${lines.map((line) => line.join('\t')).join('\n')}\n`, files };
}

async function archive(files: readonly OwnedFile[]): Promise<Buffer> {
  const tar = pack();
  for (const [number, file] of files.entries()) tar.entry({ name: String(number), mode: 0o600 }, plain(file.content));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function plain(content: string | Secret): string {
  return content instanceof Secret ? content.reveal() : content;
}
