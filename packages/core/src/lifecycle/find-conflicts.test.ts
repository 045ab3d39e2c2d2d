import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import * as scripts from '../generated/scripts.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import { fakeHost } from '../testing/fake-host.js';
import { findConflicts } from './find-conflicts.js';

async function look(answer: string) {
  const warnings: string[] = [];
  const networks = [
    { title: 'pod network', cidr: '10.244.0.0/16' },
    { title: 'service network', cidr: '10.96.0.0/12' },
  ];
  const ctx = {
    paths: { base: '/b', ledger: '/b/owned' },
    runtime: { embedsContainerRuntime: true, requirements: () => ({ networks }) },
    registry: {},
    warn: (text: string) => warnings.push(text),
  } as unknown as PlanContext;
  const problems = await findConflicts(ctx, {} as PlannedHost, fakeHost({ answer: () => answer }));
  return { problems, warnings };
}

test.each([
  ['an address in the pod network', 'address\teth1\t10.244.9.9/24', /pod network.*address 10\.244\.9\.9\/24 of eth1/],
  [
    'a network around it, on the wire',
    'route\t10.0.0.0/8 dev eth0 proto kernel\t10.0.0.0/8',
    /10\.0\.0\.0\/8 dev eth0/,
  ],
  [
    'a narrower route by a gateway',
    'route\t10.100.0.0/16 via 10.0.0.1 dev eth0\t10.100.0.0/16',
    /service network.*10\.100/,
  ],
  ['a host route', 'route\t10.96.0.10 via 10.0.0.1 dev eth0\t10.96.0.10', /service network/],
  ['what the host itself says', 'port 5000 is in use by socat (process 7)', /^port 5000 is in use by socat/],
])('%s is a problem', async (_title, answer, expected) => {
  expect((await look(answer)).problems.join('; ')).toMatch(expected);
});

test('a wide route by a gateway is a warning; other networks are nothing', async () => {
  const wide = await look('route\t10.0.0.0/8 via 10.0.0.1 dev eth0\t10.0.0.0/8');
  expect(wide.problems).toEqual([]);
  expect(wide.warnings.join()).toMatch(/pod network.*cannot be reached/);
  expect(await look('route\t192.168.0.0/24 dev eth0\t192.168.0.0/24\naddress\teth0\t10.0.0.11/24')).toEqual({
    problems: [],
    warnings: [],
  });
});

test('the script in a real shell: a port and who holds it, programs, traces, ways', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const look = (ledger: string) => {
      const input = [
        `port\t${port}`,
        'port\t1',
        'tool\tbash',
        'tool\tno-such-program',
        'absent\t/etc/passwd',
        'absent\t/no/such/file',
        `reach\t127.0.0.1\t${port}`,
        'reach\t127.0.0.1\t1',
        'reach\tno.such.address.invalid\t1',
        '',
      ].join('\n');
      const argv = ['-euo', 'pipefail', '-c', scripts.findConflicts, 'bash', '/no/base', ledger];
      const said = execFileSync('bash', argv, { input, encoding: 'utf8' });
      return said.split('\n').filter((line) => line && !/^(address|route)\t/.test(line));
    };
    const held = new RegExp(`^port ${port} is in use by .+ \\(process ${process.pid}\\)$`);
    expect(look('/no/ledger').sort()).toEqual([
      '/etc/passwd exists: something else is installed here',
      expect.stringMatching(/^it cannot reach no\.such\.address\.invalid port 1: /),
      expect.stringMatching(held),
      'the program no-such-program is missing',
    ]);
    // Where the cluster is installed already: only what is not its own.
    expect(look('/etc/passwd').sort()).toEqual([expect.stringMatching(held), 'the program no-such-program is missing']);
  } finally {
    server.close();
  }
});
