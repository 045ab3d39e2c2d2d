/** A planted secret is searched for in everything that leaves the program. */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { clusterFromFlags } from '../../packages/core/src/cluster/cluster-from-flags.js';
import { serializeCluster } from '../../packages/core/src/cluster/serialize-cluster.js';
import { eventError } from '../../packages/core/src/events/events.js';
import { describe as describeCommand, script } from '../../packages/core/src/host/command.js';
import { hostErrors } from '../../packages/core/src/host/host-errors.js';
import { recordHost } from '../../packages/core/src/host/recording-host.js';
import { redact, Secret } from '../../packages/core/src/secrets/secret.js';
import { fakeHost } from '../../packages/core/src/testing/fake-host.js';

const word = 'pl4nted-s3cret-word';
const secret = new Secret(word);

test.each([
  ['a template', () => `${secret}`],
  ['joining', () => `x${secret as unknown as string}`],
  ['JSON', () => JSON.stringify({ secret, deep: [{ secret }] })],
  ['inspect', () => inspect({ secret }, { depth: 9, showHidden: true })],
  ['an error', () => new Error(`failed with ${secret}`).stack],
  ['a command', () => describeCommand(['tool', '--password', secret])],
  ['a script', () => describeCommand(script(`echo ${word}`, secret))],
  ['redacted text', () => redact(`the tool printed ${word}!`)],
  ['a cluster', () => JSON.stringify(clusterFromFlags({ image: 'a', masters: '10.0.0.1', password: secret }))],
  [
    'a kept Clusterfile',
    () => serializeCluster(clusterFromFlags({ image: 'a', masters: '10.0.0.1', password: secret })),
  ],
  [
    'an event',
    () =>
      JSON.stringify(
        eventError(
          hostErrors.HOST_COMMAND_FAILED({
            host: 'h',
            command: describeCommand(['a', secret]),
            ended: 'ended',
            stderr: redact(word),
          }),
        ),
      ),
  ],
])('%s does not show it', (_name, make) => {
  const text = make();
  expect(text).toBeTruthy();
  expect(text).not.toContain(word);
});

test('a dry run records neither a secret nor its hash', async () => {
  const host = recordHost(fakeHost());
  await host.write('/etc/token', secret);
  await host.run(['login', secret]);
  expect(JSON.stringify(host.recorded)).not.toContain(word);
  const other = recordHost(fakeHost());
  await other.write('/etc/token', new Secret('another-one'));
  expect(host.recorded[0]).toEqual(other.recorded[0]);
});
