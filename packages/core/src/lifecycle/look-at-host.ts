/** Settings and leftovers of a host that would end in a stall later: one command, read before anything is changed. */
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import { plannedNames } from './host-aliases.js';
import { findingKinds } from './host-findings.js';
import { leftToProxy } from './no-proxy.js';

/** What was said of a plan's hosts, so that it is said once. */
const said = new WeakMap<PlanContext, Set<string>>();

/** Problems, with what to do; warnings are given to `ctx.warn`. */
export async function lookAtHost(ctx: PlanContext, host: PlannedHost, machine: Host): Promise<string[]> {
  const looked = await machine.query.output(script(scripts.lookAtHost, ctx.paths.ledger), {
    stdin: `${questions(ctx, host).join('\n')}\n`,
  });
  const lines = looked
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
  const findings = [...lines.filter(([id]) => id !== 'proxy'), ...proxiesBetween(ctx, host, lines)];
  const problems = new Set<string>(badNodeName(host));
  for (const [id = '', ...seen] of findings) {
    const kind = findingKinds[id];
    if (!kind) throw new Error(`look-at-host.sh tells of "${id}", which nothing is known about`);
    const text = `${kind.says(...seen)} (${kind.remedy(...seen)})`;
    if (kind.severity === 'problem') problems.add(text);
    else warnOnce(ctx, host, text);
  }
  return [...problems];
}

/** Kubernetes takes names of DNS only: the node would never be registered. */
function badNodeName({ nodeName }: PlannedHost): string[] {
  const remedy = '(give it another: hostnamectl set-hostname)';
  if (/^localhost(\.|$)/.test(nodeName)) return [`its host name is ${nodeName} ${remedy}`];
  const fits = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(nodeName);
  return fits ? [] : [`its host name "${nodeName}" is none Kubernetes takes: letters, digits, "-" and "." ${remedy}`];
}

function questions(ctx: PlanContext, host: PlannedHost): string[] {
  const all = settings(ctx, host);
  const names = plannedNames(ctx, host).flatMap(({ ip, hostnames }) => hostnames.map((name) => `name\t${name}\t${ip}`));
  const folders = all.flatMap((one) => one.folders ?? []);
  // Programs of the image run from the first; units and links to programs are put into the others.
  const own = [{ path: '/var/lib/sealer', exec: true }, { path: '/etc/systemd/system' }, { path: '/usr/local/bin' }];
  const words = (at: (typeof folders)[number]) => [at.exec ? 'exec' : '', at.layers ? 'layers' : ''].join(' ').trim();
  return [
    ...names,
    `own\t${host.facts.hostname}`,
    ...host.facts.addresses.map((address) => `address\t${address}`),
    ...[...own, ...folders].map((folder) => `folder\t${folder.path}\t${words(folder)}`),
    ...all.flatMap((one) => (one.resolver ? [`resolver\t${one.resolver}`] : [])),
    ...all.flatMap((one) => one.units ?? []).map((unit) => `unit\t${unit}`),
    ...all.flatMap((one) => one.others ?? []).map(({ path, of }) => `other\t${path}\t${of}`),
    ...all.flatMap(({ networkFolder: at }) => (at ? [`network\t${at.path}\t${at.ours ?? ''}`] : [])),
    ...all.flatMap((one) => one.udpPorts ?? []).map((port) => `udp\t${port}`),
  ];
}

function settings(ctx: PlanContext, host: PlannedHost) {
  return [
    ctx.runtime.hostSettings?.(ctx, host),
    ctx.runtime.embedsContainerRuntime ? undefined : ctx.containerRuntime.hostSettings?.(ctx, host),
  ].filter((one) => one !== undefined);
}

/** `proxy PLACE VARIABLE=VALUE` lines, as findings where cluster traffic is not taken out. */
function proxiesBetween(ctx: PlanContext, host: PlannedHost, lines: readonly string[][]): string[][] {
  const targets = new Set([
    ...plannedNames(ctx, host).flatMap(({ hostnames }) => hostnames),
    ...ctx.hosts.map(({ address }) => address),
    ...settings(ctx, host).flatMap((one) => one.direct ?? []),
  ]);
  const places = new Map<string, { proxy?: string; noProxy: string }>();
  for (const [id, place = '', word = ''] of lines) {
    if (id !== 'proxy') continue;
    const value = word.slice(word.indexOf('=') + 1);
    const at = places.get(place) ?? { noProxy: '' };
    places.set(place, at);
    if (/^no/i.test(word)) at.noProxy += ` ${value}`;
    else if (value) at.proxy = value;
  }
  return [...places].flatMap(([place, { proxy, noProxy }]) => {
    const left = proxy ? leftToProxy(noProxy, [...targets]) : [];
    return left.length ? [['proxy-between', place, proxy ?? '', left.join(',')]] : [];
  });
}

function warnOnce(ctx: PlanContext, host: PlannedHost, text: string): void {
  const before = said.get(ctx) ?? new Set();
  said.set(ctx, before);
  const key = `${host.name} ${text}`;
  if (!before.has(key)) ctx.warn(text, host);
  before.add(key);
}
