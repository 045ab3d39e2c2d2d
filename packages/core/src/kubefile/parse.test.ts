import { expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { parseKubefile } from './parse.js';

const plain = (text: string) =>
  parseKubefile(text, 'Kubefile').map(({ position: _position, text: _text, ...rest }) => rest);

test.each([
  ['FROM kubernetes:v1.34.4', { keyword: 'FROM', image: 'kubernetes:v1.34.4' }],
  ['FROM --platform=linux/arm64 a', { keyword: 'FROM', image: 'a', platform: 'linux/arm64' }],
  ['from a', { keyword: 'FROM', image: 'a' }],
])('%j', (line, expected) => {
  expect(plain(line)).toEqual([expected]);
});

test.each([
  ['ARG A', { keyword: 'ARG', name: 'A' }],
  ['ARG A=b', { keyword: 'ARG', name: 'A', value: 'b' }],
  [
    'ENV A=1 B="two words"',
    {
      keyword: 'ENV',
      pairs: [
        ['A', '1'],
        ['B', '"two words"'],
      ],
    },
  ],
  ['LABEL a.b/c=d', { keyword: 'LABEL', pairs: [['a.b/c', 'd']] }],
  ['COPY a b dir/', { keyword: 'COPY', sources: ['a', 'b'], destination: 'dir/' }],
  ['COPY ["a b", "c"]', { keyword: 'COPY', sources: ['a b'], destination: 'c' }],
  [
    'COPY --chmod=755 --chown=1:2 a b',
    { keyword: 'COPY', sources: ['a'], destination: 'b', chmod: '755', chown: '1:2' },
  ],
  [
    'APP web local://a.yaml local://b.yaml',
    { keyword: 'APP', name: 'web', sources: ['local://a.yaml', 'local://b.yaml'] },
  ],
  [
    'APPVALUES web local://a.yaml local://b.yaml',
    { keyword: 'APPVALUES', app: 'web', sources: ['local://a.yaml', 'local://b.yaml'] },
  ],
  ['APPENV web A=1', { keyword: 'APPENV', app: 'web', pairs: [['A', '1']] }],
  ['APPCMDS web ["one", "two"]', { keyword: 'APPCMDS', app: 'web', commands: ['one', 'two'] }],
  ['KUBEVERSION >=1.30', { keyword: 'KUBEVERSION', range: '>=1.30' }],
  ['LAUNCH ["web"]', { keyword: 'LAUNCH', apps: ['web'] }],
  ['CMDS ["a b", "c"]', { keyword: 'CMDS', commands: ['a b', 'c'] }],
])('%j', (line, expected) => {
  expect(plain(`FROM a\n${line}`)[1]).toEqual(expected);
});

test('lines go on, comments are passed over, places are those of the file', () => {
  const [, copy] = parseKubefile('FROM a\n\n# a comment\nCOPY one \\\n  # between\n  two \\\n  dir/\n', 'Kubefile');
  expect(copy).toMatchObject({
    keyword: 'COPY',
    sources: ['one', 'two'],
    position: { file: 'Kubefile', line: 4, column: 1 },
  });
});

test('lines can go on by a backtick', () => {
  expect(plain('# escape=`\nFROM a\nCOPY x `\n  y\n')[1]).toMatchObject({ sources: ['x'], destination: 'y' });
});

function errorsOf(text: string): SealerError[] {
  try {
    parseKubefile(text, 'Kubefile');
  } catch (cause) {
    return [...(cause as SealerError).errors];
  }
  return [];
}

test.each([
  ['FORM a', 1, 1, /no instruction FORM; did you mean FROM\?/],
  ['FROM a\nCPOY a b', 2, 1, /did you mean COPY\?/],
  ['FROM a\nCOPY a', 2, undefined, /expected/],
  ['FROM a\nCOPY --chmdo=755 a b', 2, undefined, /--chmdo/],
  ['FROM a\nCOPY --chmod=999 a b', 2, undefined, /999/],
  ['FROM a\nFROM b', 2, 1, /second FROM/],
  ['COPY a b', 1, 1, /before FROM|no instruction FROM/],
  ['FROM a\nLAUNCH ["x"]\nCMDS ["y"]', 3, 1, /LAUNCH was given before/],
  ['FROM a\nKUBEVERSION nonsense-', 2, undefined, /nonsense-/],
])('%j is refused at its place', (text, line, column, message) => {
  const [first] = errorsOf(text);
  expect(first?.message).toMatch(message);
  expect(first?.position).toMatchObject({ file: 'Kubefile', line, ...(column === undefined ? {} : { column }) });
});

test('all mistakes are reported at once', () => {
  expect(errorsOf('FROM a\nCPOY a b\nENV\nLABLE x=y\n').map(({ position }) => position?.line)).toEqual([2, 3, 4]);
});

test.each<[string, number, number, RegExp]>([
  ['FROM a AS b', 1, 8, /"AS b" names a build stage/],
  ['FROM a\nWORKDIR /x', 2, 1, /WORKDIR: .*write whole paths/],
  ['FROM a\nUSER web', 2, 1, /USER: .*--chown/],
  ['FROM a\nEXPOSE 80', 2, 1, /EXPOSE: .*manifests/],
  ['FROM a\nVOLUME /x', 2, 1, /VOLUME: .*manifests/],
  ['FROM a\nENTRYPOINT ["x"]', 2, 1, /ENTRYPOINT: .*LAUNCH/],
  ['FROM a\nHEALTHCHECK CMD x', 2, 1, /HEALTHCHECK: .*probes/],
  ['FROM a\nSHELL ["/bin/bash"]', 2, 1, /SHELL: .*RUN \[/],
  ['FROM a\nSTOPSIGNAL 9', 2, 1, /STOPSIGNAL: /],
  ['FROM a\nONBUILD COPY a b', 2, 1, /ONBUILD: .*their Kubefiles/],
  ['FROM a\nworkdir /x', 2, 1, /WORKDIR: /],
  ['FROM a\nCOPY --from=b c d', 2, 6, /--from of COPY: .*start FROM that image/],
  ['FROM a\nCOPY --link c d', 2, 6, /--link of COPY: /],
  ['FROM a\nCOPY --parents c d', 2, 6, /--parents of COPY: /],
  ['FROM a\nADD --exclude=*.md c d', 2, 5, /--exclude of ADD: .*sealerignore/],
  ['FROM a\nADD --keep-git-dir=true c d', 2, 5, /--keep-git-dir of ADD: /],
  ['FROM a\nCOPY --checksum=sha256:1 c d', 2, 6, /--checksum of COPY: /],
  ['FROM a\nRUN --security=insecure x', 2, 1, /--security: /],
  ['FROM a\nAPP --chown=1 web local://x', 2, 5, /--chown of APP: /],
  ['FROM a\nCOPY https://a.example/x y', 2, 1, /a source is a URL; expected `ADD/],
  ['FROM a # the base', 1, 8, /"#" begins no comment here/],
  ['FROM a\nCOPY a b # why', 2, 10, /"#" begins no comment here/],
  ['FROM a\nCOPY a b #why', 2, 10, /"#why" begins no comment/],
  ['FROM a\nENV A=b # why', 2, 9, /"#" begins no comment/],
  ['FROM a\nAPP web local://x # why', 2, 19, /"#" begins no comment/],
  ['FROM a\nLAUNCH ["web"] # why', 2, 16, /"#" begins no comment/],
  ['FROM a\nMAINTAINER', 2, 1, /the name is missing/],
  ['FROM a\nLABEL k', 2, 1, /no value|no KEY=value/],
  ['FROM a\nAPP we/b local://x', 2, 1, /"we\/b" is no name/],
  ['FROM a\nAPP .. local://x', 2, 1, /"\.\." is no name/],
  ['FROM a\nCOPY --chown=a:b:c x y', 2, 1, /no owner/],
  ['FROM a\nCOPY --chown= x y', 2, 1, /names nobody/],
  ['FROM a\nCOPY --chmod=rwx x y', 2, 1, /"rwx" is no mode/],
  ['FROM a\nCOPY <<EOF /x\nno end', 2, 6, /here-document EOF has no end/],
  ['FROM a\nCOPY x <<EOF\nEOF', 2, 8, /here-document is the target/],
  ['FROM a\nCOPY <<a/b /x\na/b', 2, 1, /"a\/b" is no name of a file/],
  ['# escape=x\nFROM a', 1, 1, /# escape= is "x"/],
  ['# escape=`\n# escape=`\nFROM a', 2, 1, /given twice/],
])('%j is refused, and nothing that follows from it', (text, line, column, message) => {
  const errors = errorsOf(text);
  expect(errors.map(({ message: said }) => said)).toEqual([expect.stringMatching(message)]);
  expect(errors[0]?.position).toEqual({ file: 'Kubefile', line, column });
});

test.each<[string, string[]]>([
  // A cause, and what is independent of it.
  ['FROM a AS b\nCOPY --from=b c d\nCOPY x y', ['2:6', '1:8']],
  ['FROM a\nCOPY --from=b c d # e', ['2:6', '2:19']],
  ['FROM a\nONBUILD RUN <<EOF\nx\nEOF\n', ['2:1']],
  ['FROM a\nCPOY <<EOF /x\nx\nEOF\n', ['2:1']],
  ['FROM a\nCMD <<EOF\nx\nEOF\n', ['2:5']],
  ['FORM a\nCOPY x y\n', ['1:1']],
  ['WORKDIR /x\nCOPY x y\n', ['1:1']],
  ['COPY x y\n', ['1:1']],
  ['RUN --what x\n', ['1:1', '1:1']],
  ['', ['1:1']],
])('%j: the causes are %j', (text, places) => {
  const found = errorsOf(text).map(({ position }) => `${position?.line}:${position?.column}`);
  expect(found.sort()).toEqual([...places].sort());
});

test.each<[string, object]>([
  ['APP businessApp local://install.sh', { keyword: 'APP', name: 'businessApp' }],
  ['APP my_app.2 local://a.yaml', { name: 'my_app.2' }],
  ['LABEL k v', { pairs: [['k', 'v']] }],
  [
    'LABEL k=v k2="v 2"',
    {
      pairs: [
        ['k', 'v'],
        ['k2', '"v 2"'],
      ],
    },
  ],
  ['MAINTAINER Jo <jo@a.example>', { name: 'Jo <jo@a.example>' }],
  ['copy a b', { keyword: 'COPY', sources: ['a'], destination: 'b' }],
  ['COPY --chown=web:web a b', { chown: 'web:web' }],
  ['COPY --chown=$WHO a b', { chown: '$WHO' }],
  ['COPY --chmod=0755 a b', { chmod: '0755' }],
  ['COPY --chmod=u=rwX,go=rX a b', { chmod: 'u=rwX,go=rX' }],
  ['ADD --unpack=false a.tar b', { unpack: false }],
  ['ADD --unpack a.tar b', { unpack: true }],
  ['COPY a b dir', { sources: ['a', 'b'], destination: 'dir' }],
  ['COPY ["#a", "b"]', { sources: ['#a'] }],
  ['COPY "#a" b', { sources: ['"#a"'] }],
  ['RUN echo a # why', { command: { shell: 'echo a # why' } }],
  ['RUN echo a\\\\', { command: { shell: 'echo a\\\\' } }],
  ['CMD cat <<EOF', { commands: ['cat <<EOF'] }],
  ['CMD echo # why', { commands: ['echo # why'] }],
])('%j is read', (line, expected) => {
  expect(plain(`FROM a\n${line}\nLABEL last=1`)).toEqual([
    expect.anything(),
    expect.objectContaining(expected),
    expect.objectContaining({ keyword: 'LABEL', pairs: [['last', '1']] }),
  ]);
});

const document = (name: string, text: string, expand = true) => ({ name, text, expand });
test.each<[string, object]>([
  ['COPY <<EOF /x\na $b\n\nEOF', { sources: [], documents: [document('EOF', 'a $b\n\n')], destination: '/x' }],
  ['COPY <<"EOF" /x\n# a\nEOF', { documents: [document('EOF', '# a\n', false)] }],
  ["COPY <<'EOF' /x\n\\\nEOF", { documents: [document('EOF', '\\\n', false)] }],
  ['COPY <<-EOF /x\n\t\ta\n\tEOF', { documents: [document('EOF', 'a\n')] }],
  ['COPY f <<a <<b /x/\n1\na\n2\nb', { sources: ['f'], documents: [document('a', '1\n'), document('b', '2\n')] }],
  ['ADD --chown=1 <<EOF /x\na\nEOF', { keyword: 'ADD', chown: '1', documents: [document('EOF', 'a\n')] }],
  ['COPY <<EOF \\\n  /x\na\nEOF', { documents: [document('EOF', 'a\n')], destination: '/x' }],
  ['RUN <<EOF\nset -e\n  a "b"\nEOF', { command: { shell: 'set -e\n  a "b"\n' } }],
  ['RUN <<-EOF\n\ta\n\tEOF', { command: { shell: 'a\n' } }],
  ['RUN --network=none <<EOF\na\nEOF', { network: 'none', command: { shell: 'a\n' } }],
  ['RUN <<EOF\n#!/bin/awk -f\nEOF', { command: { script: { name: 'EOF', text: '#!/bin/awk -f\n' } } }],
  ['RUN <<EOF sh\na\nEOF', { command: { shell: '<<EOF sh\na\nEOF\n' } }],
  ['RUN cat <<EOF > /x\na\nEOF', { command: { shell: 'cat <<EOF > /x\na\nEOF\n' } }],
  ['RUN cat <<-a - <<b\n\t1\na\n2\nb', { command: { shell: 'cat <<-a - <<b\n\t1\na\n2\nb\n' } }],
  // No here-documents, as with docker.
  ['RUN echo "<<EOF"', { command: { shell: 'echo "<<EOF"' } }],
  ['RUN cat<<EOF', { command: { shell: 'cat<<EOF' } }],
  ['RUN ["cat", "<<EOF"]', { command: { exec: ['cat', '<<EOF'] } }],
  ['RUN x <<< y', { command: { shell: 'x <<< y' } }],
])('%j is a here-document, or none', (line, expected) => {
  expect(plain(`FROM a\n${line}\nLABEL last=1`)).toEqual([
    expect.anything(),
    expect.objectContaining(expected),
    expect.objectContaining({ keyword: 'LABEL', pairs: [['last', '1']] }),
  ]);
});

test('line ends of Windows, a byte order mark and directives are no part of instructions', () => {
  const text = '\uFEFF# syntax=docker/dockerfile:1\r\n# escape=`\r\n\r\nFROM a\r\nCOPY x `\r\n  y\r\nRUN a \\\r\n';
  expect(plain(text)).toEqual([
    { keyword: 'FROM', image: 'a', escapeToken: '`' },
    expect.objectContaining({ sources: ['x'], destination: 'y' }),
    expect.objectContaining({ command: { shell: 'a \\' } }),
  ]);
});
