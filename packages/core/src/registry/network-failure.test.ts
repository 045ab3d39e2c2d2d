import { expect, test } from 'vitest';
import { networkFailure, tunnelFailure } from './network-failure.js';

const seen = (code: string, more: object = {}) => Object.assign(new Error(`seen ${code}`), { code, ...more });

test.each([
  ['ENOTFOUND', { hostname: 'registry.example' }, 'network', 'registry.example is not known (DNS)', '/etc/hosts'],
  ['EAI_AGAIN', { hostname: 'registry.example' }, 'network', 'no name server', 'resolv.conf'],
  ['ECONNREFUSED', { address: '::1', port: 5000 }, 'network', 'nothing listens on [::1]:5000', 'port'],
  [
    'ECONNREFUSED',
    {
      errors: [
        { address: '::1', port: 1 },
        { address: '127.0.0.1', port: 1 },
      ],
    },
    'network',
    '[::1]:1, 127.0.0.1:1',
    'port',
  ],
  ['EHOSTUNREACH', { address: '10.0.0.1', port: 5000 }, 'network', 'no way to 10.0.0.1:5000', 'firewall'],
  ['EACCES', { syscall: 'connect', address: '10.0.0.1', port: 443 }, 'network', 'no way to 10.0.0.1:443', 'firewall'],
  ['ETIMEDOUT', {}, 'network', 'does not answer', 'firewall'],
  ['SILENT', {}, 'network', 'seen SILENT', 'says nothing'],
  ['ECONNRESET', {}, 'network', 'the connection breaks', 'goes on from there'],
  ['HPE_INVALID_CONSTANT', {}, 'network', 'does not speak HTTP', '--plain-http'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', {}, 'tls', 'does not speak TLS', '--plain-http'],
  ['CERT_HAS_EXPIRED', {}, 'tls', 'has expired', 'clock'],
  ['CERT_NOT_YET_VALID', {}, 'tls', 'not valid yet', 'clock'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', {}, 'tls', 'for another name', 'name'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', {}, 'tls', 'not trusted', 'ca.crt'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', {}, 'tls', 'not trusted', 'ca.crt'],
  ['ERR_OSSL_PEM_BAD_BASE64_DECODE', {}, 'tls', 'seen ERR_OSSL', 'ca.crt'],
  [
    'ECONNREFUSED',
    { proxy: 'http://proxy:3128', address: '10.0.0.9', port: 3128 },
    'network',
    'the proxy http://proxy:3128 does not connect to it: nothing listens on 10.0.0.9:3128',
    'NO_PROXY',
  ],
])('%s %j', (code, more, kind, reason, advice) => {
  const failure = networkFailure(seen(code, more));
  expect(failure).toMatchObject({
    kind,
    reason: expect.stringContaining(reason),
    advice: expect.stringContaining(advice),
  });
});

test.each([
  ['a mistake in a program', new TypeError('x is not a function')],
  ['what was given wrongly', seen('ERR_INVALID_ARG_TYPE')],
  ['the end somebody asked for', new DOMException('stopped', 'AbortError')],
  ['a full disk', seen('ENOSPC', { syscall: 'write' })],
  ['a file that is not there', seen('ENOENT', { syscall: 'open' })],
  ['a file that may not be read', seen('EACCES', { syscall: 'open' })],
  ['too many open files', seen('EMFILE')],
  ['something without a name', undefined],
])("%s is none of the network's", (_name, cause) => {
  expect(networkFailure(cause)).toBeUndefined();
});

test('what opened a stream is named, unless it was a mistake in a program', () => {
  expect(networkFailure(tunnelFailure(new Error('no channel')))?.reason).toContain('no channel');
  expect(networkFailure(tunnelFailure(new TypeError('undefined')))).toBeUndefined();
});
