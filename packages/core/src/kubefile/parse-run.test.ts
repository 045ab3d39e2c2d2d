import { expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { parseKubefile } from './parse.js';

function runOf(text: string) {
  const [, run] = parseKubefile(`FROM a\n${text}`, 'Kubefile');
  if (run?.keyword !== 'RUN') throw new Error('no RUN');
  return { command: run.command, mounts: run.mounts, network: run.network };
}

test.each([
  ['RUN apk add curl', { shell: 'apk add curl' }],
  ['run  echo "$A"  \'b c\' ', { shell: 'echo "$A"  \'b c\'' }],
  ['RUN a && \\\n  # why\n  b \\\n  | c', { shell: 'a &&   b   | c' }],
  ['RUN ["/bin/sh", "-c", "a b"]', { exec: ['/bin/sh', '-c', 'a b'] }],
  // As docker has it: what is no JSON is for the shell, in which [ is a command.
  ['RUN [ -f /x ] && y', { shell: '[ -f /x ] && y' }],
  ['RUN --network=none ["x"]', { exec: ['x'] }],
])('%j', (text, command) => {
  expect(runOf(text).command).toEqual(command);
});

test.each([
  [
    'type=cache,target=/root/.cache',
    {
      type: 'cache',
      id: '/root/.cache',
      target: '/root/.cache',
      readOnly: false,
      sharing: 'shared',
      uid: 0,
      gid: 0,
      mode: 0o755,
    },
  ],
  ['type=cache,id=x,dst=/c,ro,sharing=locked', { id: 'x', target: '/c', readOnly: true, sharing: 'locked' }],
  ['target=/src', { type: 'bind', source: '.', target: '/src', readOnly: true }],
  ['type=bind,src=a/b,target=/src,rw', { type: 'bind', source: 'a/b', target: '/src', readOnly: false }],
  [
    'type=secret,id=token',
    { type: 'secret', id: 'token', target: '/run/secrets/token', required: false, mode: 0o400, uid: 0, gid: 0 },
  ],
  ['type=secret,target=/a/npmrc,required,mode=0440,uid=5', { id: 'npmrc', required: true, mode: 0o440, uid: 5 }],
  ['type=secret,id=a,required=false', { required: false }],
  ['type=tmpfs,target=/t,size=1000', { type: 'tmpfs', target: '/t', size: 1000 }],
])('--mount=%s', (text, mount) => {
  expect(runOf(`RUN --mount=${text} x`).mounts).toMatchObject([mount]);
});

test('flags may be given several times; the network is the last', () => {
  expect(runOf('RUN --mount=target=/a --mount=target=/b --network=host x')).toMatchObject({
    mounts: [{ target: '/a' }, { target: '/b' }],
    network: 'host',
  });
});

test.each([
  ['RUN', 1, /command is missing/],
  ['RUN --network=none', 1, /command is missing/],
  ['RUN []', 1, /names no program/],
  ['RUN --moutn=type=cache x', 1, /no flag --moutn; did you mean mount\?/],
  ['RUN --network=non x', 15, /no network "non"; did you mean none\?/],
  ['RUN --mount=type=chace,target=/x y', 13, /no mount type chace; did you mean cache\?/],
  ['RUN --mount=type=cache,tagret=/x y', 24, /no option tagret; did you mean target\?/],
  ['RUN --mount=type=bind,from=other,target=/x y', 23, /no option from; only the build context/],
  ['RUN --mount=type=cache x', 13, /target is missing/],
  ['RUN --mount=type=cache,target=rel x', 24, /"rel" is no absolute path/],
  ['RUN --mount=type=secret x', 13, /id is missing/],
  ['RUN --mount=type=secret,id=a,mode=9 x', 30, /"9" is no mode/],
  ['RUN --mount=type=secret,id=a,required=yes x', 30, /"yes" is not true or false/],
  ['RUN --mount=target=/a,target=/b x', 23, /target is given twice/],
  ['RUN --mount=type=cache,target=/a,sharing=privat x', 34, /no sharing/],
  ['RUN <<EOF', 5, /here-document EOF has no end/],
])('%j is refused at column %d', (text, column, message) => {
  let found: SealerError | undefined;
  try {
    runOf(text);
  } catch (cause) {
    [found] = (cause as SealerError).errors;
  }
  expect(found?.message).toMatch(message);
  expect(found?.position).toEqual({ file: 'Kubefile', line: 2, column });
});
