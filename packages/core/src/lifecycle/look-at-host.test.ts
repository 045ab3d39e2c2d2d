/** What look-at-host.sh finds, as what the preflight says; what a proxy would catch. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { definePlugin } from '../plugin/define-plugin.js';
import { planPlugin } from '../testing/plan-plugin.js';
import type { Check, Step } from '../workflow/step.js';
import { findingKinds } from './host-findings.js';
import { lookAtHost } from './look-at-host.js';
import { leftToProxy } from './no-proxy.js';

const folder = new URL('.', import.meta.url);

test('each finding of the scripts is known, and each that is known is found', () => {
  const told = readdirSync(folder)
    .filter((name) => /^look-at-.*\.sh$/.test(name))
    .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split('\n'))
    .flatMap((line) => [...line.matchAll(/\bfound ([a-z-]+)|at_least (?:"[^"]+"|\S+) \d+ ([a-z-]+)/g)])
    .map(([, plain, limit]) => plain ?? limit);
  expect([...new Set(told)].filter((id) => id !== 'proxy').sort()).toEqual(
    Object.keys(findingKinds)
      .filter((id) => id !== 'proxy-between')
      .sort(),
  );
});

/** Problems and warnings where the script says this of a master. */
async function preflight(lines: string, hostname = 'h1'): Promise<{ problems: string; warnings: string[] }> {
  let problems: string[] = [];
  const looking = definePlugin({
    name: 'hook-looking',
    apiVersion: 1,
    apply: ({ hooks }) =>
      hooks.preflight.tap('hook-looking', (ctx, host) => {
        const check: Check = async (machine) => {
          problems = await lookAtHost(ctx, host, machine);
          return true;
        };
        return ctx.step('Look', { check, run: async () => undefined });
      }),
  });
  const planned = await planPlugin(looking, { hosts: { '10.0.0.1': { answer: () => lines, facts: { hostname } } } });
  // A second time says nothing twice.
  for (const _ of [1, 2]) await planned.run(planned.steps[0] as Step);
  return { problems: problems.join('; '), warnings: planned.warnings };
}

test.each([
  [
    'name-elsewhere\tsea.hub\t10.9.9.9\t10.0.0.1\t3',
    /\/etc\/hosts:3 says sea\.hub is 10\.9\.9\.9; it has to be 10\.0\.0\.1/,
  ],
  ['resolver-loop\t/etc/resolv.conf\t127.0.0.1', /names 127\.0\.0\.1/],
  ['folder-noexec\t/opt/x\t/opt', /mount -o remount,exec \/opt/],
  ['folder-layers\t/var/lib/x\tnfs4', /file system is nfs4/],
  ['controller-missing\tmemory\tcpu pids', /controller memory is missing.*cgroup_enable=memory/],
  ['namespaces\tuser.max_net_namespaces\t0\t64', /user\.max_net_namespaces is 0/],
  ['proxy\tp\tHTTPS_PROXY=http://p:3128', /p puts the proxy http:\/\/p:3128 before 10\.0\.0\.1,10\.0\.0\.2/],
  ['proxy\tp\thttps_proxy=http://p:3128\nproxy\tp\tno_proxy=10.0.0.1', /before 10\.0\.0\.2, which/],
])('%s is refused', async (lines, says) => {
  expect((await preflight(lines)).problems).toMatch(says);
});

test.each([
  ['kernel-limit\tfs.inotify.max_user_instances\t8\t128', /fs\.inotify\.max_user_instances is 8/],
  ['network-unknown\t/etc/cni/net.d/10-x.conf', /10-x\.conf is there/],
  ['selinux', /SELinux enforces/],
  ['folder-in-memory\t/var/lib/x\t/var', /gone after a reboot/],
])('%s is a warning', async (lines, says) => {
  expect(await preflight(lines)).toMatchObject({ problems: '', warnings: [expect.stringMatching(says)] });
});

test.each([
  ['web_1', /"web_1" is none Kubernetes takes/],
  ['-a', /none Kubernetes takes/],
  ['localhost', /its host name is localhost/],
  ['localhost.localdomain', /is localhost\.localdomain/],
])('the host name %s is refused', async (hostname, says) => {
  expect((await preflight('', hostname)).problems).toMatch(says);
});

test.each(['proxy\tp\tHTTPS_PROXY=', 'proxy\tp\tHTTPS_PROXY=http://p\nproxy\tp\tNO_PROXY=10.0.0.0/8', ''])(
  '%j is nothing',
  async (lines) => {
    expect(await preflight(lines)).toEqual({ problems: '', warnings: [] });
  },
);

// As httpproxy of golang.org/x/net does it.
test.each([
  ['*', 'sea.hub', true],
  ['sea.hub', 'sea.hub', true],
  ['.hub', 'sea.hub', true],
  ['*.hub', 'sea.hub', true],
  ['hub', 'sea.hub', true],
  ['ea.hub', 'sea.hub', false],
  ['SEA.HUB:5000', 'sea.hub', true],
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3:6443', '10.1.2.3', true],
  ['10.1.2', '10.1.2.3', false],
  ['10.0.0.0/99', '10.1.2.3', false],
  ['a,10.0.0.0/8 b', '10.96.0.0/12', true],
  ['10.96.0.1', '10.96.0.0/12', false],
  ['fd00::/8', 'fd00::1', true],
  ['[fd00::1]:443', 'fd00::1', true],
  ['10.0.0.0/8', 'fd00::1', false],
  ['', 'sea.hub', false],
])('NO_PROXY=%s, %s: %s', (entries, target, spared) => {
  expect(leftToProxy(entries, [target])).toEqual(spared ? [] : [target]);
});
