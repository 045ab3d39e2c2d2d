/** What a command of kubectl, helm or kustomize applies, by its words; each is a list of the texts that it may be. */
import { posix } from 'node:path';
import { unknown } from './shell-words.js';

interface AppliedPath {
  path: string;
  /** Where it is meant from. */
  folders: readonly string[];
  /** The line that applies it. */
  origin: string;
}

export interface AppliedManifest extends AppliedPath {
  kind: 'manifest';
  recursive: boolean;
}

export interface AppliedChart extends AppliedPath {
  kind: 'chart';
  release: string | undefined;
  namespace: string | undefined;
  values: readonly string[];
  /** `--set a=b` and its siblings, as words. */
  set: readonly string[];
  /** Something of it is known only when it runs. */
  partly: boolean;
}

/** What is piped into kubectl: files among the words before it, if any. */
export interface AppliedInput {
  kind: 'input';
  paths: readonly string[];
  folders: readonly string[];
  origin: string;
  /** It is clear where else it comes from. */
  explained: boolean;
}

export type Applied =
  | AppliedManifest
  | AppliedChart
  | AppliedInput
  | (AppliedPath & { kind: 'kustomization' | 'script' })
  /** Manifests that the text itself holds. */
  | { kind: 'text'; text: string; line: number; origin: string };

type Place = Pick<AppliedPath, 'folders' | 'origin'>;

const verbs = new Set(['apply', 'create', 'replace']);
const programs = { kubectl: /^(kubectl|oc)$/, helm: /^helm[23]?$/, kustomize: /^kustomize$/ };

/** @param pipeline its words with those of the commands it reads from @param hasText reads a here-document */
export function appliedByCommand(
  words: readonly string[][],
  place: Place,
  pipeline: readonly string[][],
  hasText: boolean,
): Applied[] {
  const behind = (program: keyof typeof programs, all = words) => {
    const at = all.findIndex((texts) => texts.some((text) => programs[program].test(posix.basename(text))));
    return at < 0 ? undefined : all.slice(at + 1);
  };
  const [kubectl, helm, kustomize] = [behind('kubectl'), behind('helm'), behind('kustomize')];
  const made = hasText || (['helm', 'kustomize'] as const).some((one) => behind(one, pipeline) !== undefined);
  if (kubectl)
    return ofKubectl(
      kubectl,
      place,
      pipeline,
      made || pipeline.some(([text]) => text === 'kustomize' || text === '--dry-run=client'),
    );
  if (helm) return ofHelm(helm, place);
  return kustomize?.[0]?.[0] === 'build' ? ofKustomize(kustomize.slice(1), place) : [];
}

function ofKustomize(words: readonly string[][], place: Place): Applied[] {
  const path = words.find(([text]) => !text?.startsWith('-')) ?? ['.'];
  return path.map((one) => ({ kind: 'kustomization', path: one, ...place }));
}

function ofKubectl(
  words: readonly string[][],
  place: Place,
  pipeline: readonly string[][],
  explained: boolean,
): Applied[] {
  const kustomize = words.findIndex(([text]) => text === 'kustomize');
  if (kustomize >= 0) return ofKustomize(words.slice(kustomize + 1), place);
  if (!words.some(([text]) => verbs.has(text ?? ''))) return [];
  const recursive = words.some(([text]) => /^(-R|--recursive)$/.test(text ?? ''));
  const files = flagValues(words, ['-f', '--filename']).flatMap((path) => path.split(','));
  const kustomizations = flagValues(words, ['-k', '--kustomize']);
  const isInput = (path: string) => path === '-' || path === '/dev/stdin';
  const paths = files.some(isInput) ? inputs(pipeline) : [];
  return [
    ...files
      .filter((path) => path !== '' && !isInput(path))
      .map((path) => ({ kind: 'manifest' as const, path, recursive, ...place })),
    ...kustomizations.map((path) => ({ kind: 'kustomization' as const, path, ...place })),
    ...(files.some(isInput) ? [{ kind: 'input' as const, paths, explained, ...place }] : []),
  ];
}

/** Flags of helm that stand alone; all others have a value. */
const helmSwitches =
  /^(-i|-g|-h|--(install|create-namespace|wait|wait-for-jobs|atomic|debug|dry-run|force|replace|generate-name|no-hooks|skip-crds|skip-tests|include-crds|is-upgrade|validate|devel|dependency-update|verify|reuse-values|reset-values|reset-then-reuse-values|cleanup-on-fail|disable-openapi-validation|render-subchart-notes|insecure-skip-tls-verify|plain-http|pass-credentials|hide-secret|hide-notes|enable-dns|take-ownership|skip-schema-validation|rollback-on-failure|force-conflicts|force-replace|help))$/;
const setFlags = ['--set', '--set-string', '--set-json', '--set-literal'];

function ofHelm(words: readonly string[][], place: Place): Applied[] {
  const verb = words.findIndex(([text]) => /^(install|upgrade|template)$/.test(text ?? ''));
  if (verb < 0) return [];
  const rest = words.slice(verb + 1);
  const positional: string[][] = [];
  for (let at = 0; at < rest.length; at += 1) {
    const [text = ''] = rest[at] as string[];
    if (text === '') continue;
    if (!text.startsWith('-')) positional.push(rest[at] as string[]);
    else if (!text.includes('=') && !helmSwitches.test(text)) at += 1;
  }
  // `$OPTIONS` may stand anywhere.
  const named = positional.filter((texts) => texts[0] !== unknown);
  const chart = named[1] ?? named[0] ?? positional[0];
  if (!chart) return [];
  const hasOptions = positional.length - named.length > (named.length > 1 ? 0 : 1);
  const values = flagValues(words, ['-f', '--values']).flatMap((path) => path.split(','));
  const sets = setFlags.flatMap((flag) => flagValues(words, [flag]).flatMap((text) => [[flag, text] as const]));
  const known = sets.filter(([, text]) => !text.includes(unknown));
  const [namespace] = flagValues(words, ['-n', '--namespace']);
  const [repository] = flagValues(words, ['--repo']);
  const release = named.length > 1 ? named[0]?.[0] : undefined;
  return chart.map((path) => ({
    kind: 'chart',
    path: repository ? `${repository.replace(/\/$/, '')}/${path}` : path,
    release: release?.includes(unknown) ? undefined : release,
    namespace: namespace?.includes(unknown) ? undefined : namespace,
    values,
    set: known.flat(),
    partly: hasOptions || known.length < sets.length || values.some((one) => one.includes(unknown)),
    ...place,
  }));
}

/** What may be a file among the words of a pipeline: `cat a.yaml |`, `sed s/a/b/ a.yaml |`, `< a.yaml`. */
function inputs(pipeline: readonly string[][]): string[] {
  return pipeline
    .flat()
    .map((text) => text.replace(/^\d?</, ''))
    .filter((text) => /[./]/.test(text) && !/^[->|\d]|^s(.).*\1.*\1/.test(text));
}

/** `-f x`, `-fx`, `-f=x`, `--filename x`, `--filename=x`. */
function flagValues(words: readonly string[][], names: readonly string[]): string[] {
  return words.flatMap((texts, at) => {
    const [text = ''] = texts;
    if (names.includes(text)) return words[at + 1] ?? [];
    const long = names.find((name) => text.startsWith(`${name}=`));
    if (long) return texts.map((one) => one.slice(long.length + 1));
    const short = names.find((name) => /^-\w$/.test(name) && text.startsWith(name));
    return short && !text.startsWith('--') ? texts.map((one) => one.slice(2)) : [];
  });
}
