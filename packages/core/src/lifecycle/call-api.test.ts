import { expect, test } from 'vitest';
import { SealerError } from '../errors/sealer-error.js';
import { fakeHost } from '../testing/fake-host.js';
import { callApi, saysAway } from './call-api.js';

// What kubectl writes, as seen at API servers that restarted, were overloaded, or refused for good.
test.each([
  ['The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?', true],
  ['error: Get "https://10.0.0.1:6443/api": dial tcp 10.0.0.1:6443: connect: connection refused', true],
  ['Unable to connect to the server: net/http: TLS handshake timeout', true],
  ['Unable to connect to the server: EOF', true],
  ['Error from server (ServiceUnavailable): the server is currently unable to handle the request', true],
  ['Error from server: etcdserver: leader changed', true],
  ['Error from server: etcdserver: request timed out', true],
  ['error: http2: client connection lost', true],
  [
    'Error from server (InternalError): failed calling webhook "v.example": dial tcp: connect: connection refused',
    true,
  ],
  ['Error from server (TooManyRequests): the server has received too many requests', true],
  ['Unable to connect to the server: x509: certificate signed by unknown authority', false],
  ['Unable to connect to the server: dial tcp: lookup api.example: no such host', false],
  ['Error from server (Forbidden): nodes "a" is forbidden', false],
  ['Error from server (NotFound): nodes "a" not found', false],
  ['error: error validating "a.yaml": unknown field "imge"', false],
  ['The Deployment "a" is invalid: spec.selector: Required value', false],
])('%s', (stderr, isAway) => {
  expect(saysAway(stderr)).toBe(isAway);
});

const io = { signal: new AbortController().signal, log: () => undefined };

function answering(...answers: string[]) {
  const said = [...answers];
  return fakeHost({
    answer: () => {
      const stderr = said.shift();
      return stderr === undefined ? '' : { status: 1, stderr };
    },
  });
}

test('an API server that restarts is waited for, and so is a node that is not there yet', async () => {
  const refused = 'The connection to the server a:6443 was refused';
  const notFound = 'Error from server (NotFound): nodes "a" not found';
  const argv = ['kubectl', 'label', 'node', 'a', 'x=y'];
  const host = answering(refused, notFound, notFound);
  await callApi(host, argv, io, { awaitsObject: true });
  expect(host.ran).toHaveLength(4);
  const gone = await callApi(answering(notFound), argv, io).catch((cause) => cause);
  expect(SealerError.is(gone) && gone.code).toBe('HOST_COMMAND_FAILED');
});
