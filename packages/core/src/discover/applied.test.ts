import fc from 'fast-check';
import { expect, test } from 'vitest';
import { appliedBy } from './applied.js';
import type { Applied } from './applied-commands.js';
import { unknown } from './shell-words.js';

const said = (one: Applied): string => {
  if (one.kind === 'text') return `text ${one.line}`;
  if (one.kind === 'input') return ['input', ...one.paths, ...(one.explained ? ['explained'] : [])].join(' ');
  const where = one.folders.map((folder) => `${folder || '.'}:`).join('');
  const more = one.kind === 'chart' ? [one.release, one.namespace, ...one.values, ...one.set] : [];
  return [`${one.kind} ${where}${one.path}`, ...more.filter(Boolean)].join(' ').replaceAll(unknown, '?');
};
const applied = (text: string, variables: Record<string, string> = {}, folder = '') =>
  appliedBy({ text, variables, folders: [folder], folder, label: (line) => `f:${line}` }).map(said);

test.each<[string, string[]]>([
  ['kubectl apply -f a.yaml', ['manifest .:a.yaml']],
  ['kubectl apply -fa.yaml', ['manifest .:a.yaml']],
  ['kubectl create --filename=a.yaml', ['manifest .:a.yaml']],
  ['kubectl replace --filename a.yaml --force', ['manifest .:a.yaml']],
  ['kubectl -n x apply --server-side -f a.yaml -f b/c.yaml', ['manifest .:a.yaml', 'manifest .:b/c.yaml']],
  ['kubectl apply -f a.yaml,b.yaml', ['manifest .:a.yaml', 'manifest .:b.yaml']],
  ['/usr/bin/kubectl --kubeconfig /etc/k apply -f "a b.yaml"', ['manifest .:a b.yaml']],
  ['sudo KUBECONFIG=/etc/k kubectl apply -f a.yaml', ['manifest .:a.yaml']],
  ['if ! kubectl apply -f a.yaml; then exit 1; fi', ['manifest .:a.yaml']],
  ['x=a; kubectl apply -f $x.yaml', ['manifest .:a.yaml']],
  ['kubectl apply -f ${DIR}/a.yaml', ['manifest .:/opt/a.yaml']],
  ['kubectl apply -f ${NOT:-etc}/a.yaml', ['manifest .:etc/a.yaml']],
  ['kubectl apply -f ${NOT}/a.yaml', ['manifest .:?/a.yaml']],
  ["kubectl apply -f '$DIR/a.yaml'", ['manifest .:$DIR/a.yaml']],
  ['$KUBECTL apply -f a.yaml', ['manifest .:a.yaml']],
  ['cd etc && kubectl apply -f .', ['manifest etc:.']],
  ['cd etc; cd ../x/; kubectl apply -f a.yaml', ['manifest x:a.yaml']],
  ['(cd etc && kubectl apply -R -f net)', ['manifest etc:net']],
  ['for f in a b; do kubectl apply -f $f.yaml; done', ['manifest .:a.yaml', 'manifest .:b.yaml']],
  ['for f in *.yaml; do\nkubectl apply -f "$f"\ndone', ['manifest .:*.yaml']],
  ['kubectl apply -f {a,b}.yaml', ['manifest .:a.yaml', 'manifest .:b.yaml']],
  ['kubectl apply -k overlays/prod', ['kustomization .:overlays/prod']],
  ['kubectl apply --kustomize=overlays/prod', ['kustomization .:overlays/prod']],
  ['kustomize build base | kubectl apply -f -', ['kustomization .:base', 'input explained']],
  ['kubectl apply \\\n  -f a.yaml \\\n  -f b.yaml', ['manifest .:a.yaml', 'manifest .:b.yaml']],
  ['kubectl apply -f https://example.com/a.yaml', ['manifest .:https://example.com/a.yaml']],
  ['kubectl apply -f a.yaml 2>&1 | tee log', ['manifest .:a.yaml']],
  ['# kubectl apply -f a.yaml', []],
  ['kubectl delete -f a.yaml; kubectl get pods -f x', []],
  ['echo kubectl get pods; tar -f a.yaml', []],
  [
    'kubectl apply -f - <<EOF\napiVersion: v1\nkind: Pod\nEOF\nkubectl apply -f a.yaml',
    ['input explained', 'text 2', 'manifest .:a.yaml'],
  ],
  ["cat <<-'EOF' | kubectl apply -f -\n\tapiVersion: v1\n\tkind: Pod\n\tEOF\n", ['text 2', 'input explained']],
  ['cat a.yaml | kubectl apply -f -', ['input a.yaml']],
  ['sed "s/x.y/z/" etc/a.yaml.in | grep -v x | kubectl apply -f-', ['input etc/a.yaml.in']],
  ['envsubst < a.yaml | kubectl apply -f -', ['input a.yaml']],
  ['kubectl apply -f - <a.yaml', ['input a.yaml']],
  ['curl -sL https://example.com/a.yaml | kubectl apply -f -', ['input https://example.com/a.yaml']],
  ['helm template x charts/x | kubectl apply -f -', ['chart .:charts/x x', 'input charts/x explained']],
  ['kubectl kustomize base | kubectl apply -f -', ['kustomization .:base', 'input explained']],
  ['cat a.yaml || kubectl apply -f -', ['input']],
  ['FILES="a.yaml b.yaml"; for f in $FILES; do kubectl apply -f $f; done', ['manifest .:a.yaml', 'manifest .:b.yaml']],
  ['OPTS="-n shop --set a=b"; helm upgrade -i web charts/web $OPTS', ['chart .:charts/web web shop --set a=b']],
  ['helm upgrade -i web charts/web -n shop ${HELM_OPTS}', ['chart .:charts/web web shop']],
  ['helm upgrade -i ${NAME} charts/web', ['chart .:charts/web']],
  ['helm install ${HELM_OPTS:-} web charts/web', ['chart .:charts/web web']],
  [
    'NAME=${NAME:-"web"}\nCHARTS=${CHARTS:-"./charts/${NAME}"}\nHELM_OPTS=${HELM_OPTS:-" \\\n--set a.b=NodePort \\\n--set c[0]=--x=y \\\n"}\nfunction install() {\n  helm upgrade -i ${NAME} ${CHARTS} -n ${NAMESPACE:-web} --create-namespace ${HELM_OPTS}\n}\n',
    ['chart .:./charts/web web web --set a.b=NodePort --set c[0]=--x=y'],
  ],
  [
    'HELM_OPTS="${HELM_OPTS:-}"\nhelm upgrade -i x charts/x -f ./x.values.yaml ${HELM_OPTS}',
    ['chart .:charts/x x ./x.values.yaml'],
  ],
  ['kubectl apply -f ${A:-${B:-etc}}/a.yaml', ['manifest .:etc/a.yaml']],
  ['kubectl apply -f ${A%/*}/a.yaml', ['manifest .:?/a.yaml']],
  ['${KUBECTL_BIN} apply -f a.yaml', ['manifest .:a.yaml']],
  ['bash etc/a.sh && sh ./b.sh && ./c.sh', ['script .:etc/a.sh', 'script .:./b.sh', 'script .:./c.sh']],
  ['. etc/a.sh', ['script .:etc/a.sh']],
  ['helm install web charts/web', ['chart .:charts/web web']],
  ['helm upgrade --install web ./web -n shop --create-namespace', ['chart .:./web web shop']],
  [
    'helm upgrade -i web web.tgz -f a.yaml --values=b.yaml --set x=1,y=2 --timeout 5m',
    ['chart .:web.tgz web a.yaml b.yaml --set x=1,y=2'],
  ],
  ['helm -n shop template web --set-string a=b', ['chart .:web shop --set-string a=b']],
  ['helm install web charts/web --set a=$UNSET --set b=1', ['chart .:charts/web web --set b=1']],
  ['helm install --generate-name charts/web --wait', ['chart .:charts/web']],
  ['helm install x stable/x; helm repo add a https://a', ['chart .:stable/x x']],
  ['helm install x y --repo https://charts.example', ['chart .:https://charts.example/y x']],
])('%j', (text, expected) => {
  expect(applied(text, { DIR: '/opt' })).toEqual(expected);
});

test.each<[string, string]>([
  ['kubectl apply -f "$(dirname "$0")/a.yaml"', 'manifest scripts/x:/scripts/x/a.yaml'],
  ['kubectl apply -f $(dirname $(dirname $0))/a.yaml', 'manifest scripts/x:/scripts/a.yaml'],
  [
    'here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)\nkubectl apply -f $here/a.yaml',
    'manifest scripts/x:/scripts/x/a.yaml',
  ],
  ['root=$(cd "$(dirname "$0")/.." && pwd); kubectl apply -f $root/a.yaml', 'manifest scripts/x:/scripts/a.yaml'],
  ['kubectl apply -f `pwd`/a.yaml', 'manifest scripts/x:/scripts/x/a.yaml'],
  ['kubectl apply -f $PWD/a.yaml', 'manifest scripts/x:/scripts/x/a.yaml'],
  ['kubectl apply -f $(find . -name a.yaml)', 'manifest scripts/x:?'],
  ['cd "$1" && kubectl apply -f a.yaml', 'manifest ?:a.yaml'],
])('a script says where it lies: %s', (text, expected) => {
  expect(applied(text, {}, 'scripts/x')).toEqual([expected]);
});

test('what would be without end ends', () => {
  expect(applied(`kubectl apply -f ${'{a,b}'.repeat(40)}.yaml`).length).toBeLessThan(3000);
  expect(applied(`kubectl apply -f ${'${A:-'.repeat(20_000)}`)).toEqual(['manifest .:?']);
  expect(applied(`${'for f in $f $f a b; do\n'.repeat(200)}kubectl apply -f $f`).length).toBeLessThan(200);
});

test('whatever a script holds, it is read to its end', () => {
  const part = fc.constantFrom(
    'kubectl apply -f ',
    'helm install ',
    "'",
    '"',
    '`',
    '$(',
    ')',
    '${',
    '}',
    '$',
    '<<EOF\n',
    '<<',
    '\\',
    '\n',
    '|',
    '&',
    ';',
    '#',
    '{a,b}',
    ' ',
    'for f in ',
    '$f',
    'cd ',
    'EOF',
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(part, fc.string({ maxLength: 4 })), { maxLength: 30 }),
      (parts) => void applied(parts.join('')),
    ),
    { numRuns: 500 },
  );
});
