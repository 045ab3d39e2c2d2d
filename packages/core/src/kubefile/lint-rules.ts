/** What `sealer lint` warns of, one entry a rule. Mistakes are errors (kubefile-errors.ts); these are doubts. */
import type { SourcePosition } from '../errors/sealer-error.js';
import type { Instruction } from './instructions.js';

export interface LintFacts {
  instructions: readonly Instruction[];
  /** Of the new layers, by path in the image. */
  files: readonly { path: string }[];
  /** What would be carried. */
  images: readonly { name: string; origin: string }[];
  suspects: readonly { image: string; origin: string; why: string }[];
  ignored: readonly { text: string; position: SourcePosition; used: boolean }[];
  /** What of the documents that a run reads has no effect. */
  documents: readonly { text: string; position: SourcePosition }[];
  /** Names that ENV of the parent gives. */
  inherited: readonly string[];
  hasRuntime: boolean;
  hasIgnoreFile: boolean;
  kubeVersion: string | undefined;
}

export interface LintFinding {
  code: string;
  text: string;
  /** `Kubefile:3:1`, `manifests/ignoredImageList:2:1`, or where an image is named. */
  where: string;
  hint: string;
}

interface Doubt {
  text: string;
  at: SourcePosition | string;
}

export interface LintRule {
  about: string;
  hint: string;
  find(facts: LintFacts): Doubt[];
}

const secretFile =
  /(^|\/)(id_(rsa|dsa|ecdsa|ed25519)|\.env(\..+)?|\.npmrc|\.netrc|\.pypirc|\.git-credentials|\.docker\/config\.json|admin\.conf|kubeconfig|.+\.(key|p12|pfx|jks|kubeconfig))$/;
/** Where a shell will see them, or nobody. */
const shellKeywords = new Set(['CMD', 'CMDS', 'APPCMDS', 'RUN', 'MAINTAINER']);

export const lintRules: Readonly<Record<string, LintRule>> = {
  LINT_IMAGE_NOT_TAKEN: {
    about: 'Something looks like an image and would not be carried.',
    hint: 'name it in manifests/imageList if it is needed, or in manifests/ignoredImageList if it is not',
    find: ({ suspects }) =>
      suspects.map(({ image, origin, why }) => {
        const [at = '', ...more] = origin.split(', ');
        return { text: `${image} ${why}${more.length > 0 ? ` (and in ${more.length} more places)` : ''}`, at };
      }),
  },
  LINT_DOCUMENT: {
    about: 'A document of the image, in plugins/, says something that has no effect.',
    hint: 'take it out, or write what it means in another way (docs/clusterfile.md)',
    find: ({ documents }) => documents.map(({ text, position }) => ({ text, at: position })),
  },
  LINT_IMAGE_LATEST: {
    about: 'A carried image has the tag latest, or none: what it is depends on the day of the build.',
    hint: 'name a version, or a digest',
    find: ({ images }) =>
      images
        .filter(({ name, origin }) => name.endsWith(':latest') && !origin.startsWith('FROM '))
        .map(({ name, origin }) => ({
          text: `${name} is another image on another day`,
          at: origin.split(', ')[0] ?? '',
        })),
  },
  LINT_FROM_LATEST: {
    about: 'FROM names no version.',
    hint: 'write the version that was tested',
    find: ({ instructions }) =>
      instructions.flatMap((one) =>
        one.keyword === 'FROM' && one.image !== 'scratch' && !/[:@$][^/]+$/.test(one.image.replace(/:latest$/, ''))
          ? [{ text: `${one.image} is another image on another day`, at: one.position }]
          : [],
      ),
  },
  LINT_SECRET_FILE: {
    about: 'A file that usually holds a secret becomes part of the image, for everyone who can pull it.',
    hint: 'leave it out with .sealerignore, and give the secret when the cluster is made',
    find: ({ files }) =>
      files
        .filter(({ path }) => secretFile.test(path))
        .map(({ path }) => ({ text: 'it usually holds a secret', at: path })),
  },
  LINT_WHOLE_CONTEXT: {
    about: 'The whole context is copied and no ignore file says what not.',
    hint: 'write a .sealerignore with .git and what else is not meant',
    find: ({ instructions, hasIgnoreFile }) =>
      instructions.flatMap((one) =>
        !hasIgnoreFile && one.keyword === 'COPY' && one.sources.some((source) => /^\.?\/?$/.test(source))
          ? [{ text: 'the whole context is copied', at: one.position }]
          : [],
      ),
  },
  LINT_KUBEVERSION_MISSING: {
    about: 'An image of applications says nowhere which Kubernetes versions it is for.',
    hint: 'add KUBEVERSION, such as KUBEVERSION >=1.28 <1.36; charts are then rendered for its ends',
    find: ({ instructions, hasRuntime, kubeVersion }) => {
      const app = instructions.find(({ keyword }) => keyword === 'APP');
      return app && !hasRuntime && kubeVersion === undefined
        ? [{ text: 'there are applications and no KUBEVERSION', at: app.position }]
        : [];
    },
  },
  LINT_ARG_UNUSED: {
    about: 'An ARG is declared and not used.',
    hint: 'remove it, or use it as ${NAME}',
    find: ({ instructions }) =>
      instructions.flatMap((one, index) =>
        one.keyword === 'ARG' &&
        !/_proxy$/i.test(one.name) &&
        !instructions.slice(index + 1).some((later) => mentions(wholeText(later), one.name))
          ? [{ text: `ARG ${one.name} is used nowhere`, at: one.position }]
          : [],
      ),
  },
  LINT_VARIABLE_UNKNOWN: {
    about: 'A variable is used that neither ARG nor ENV sets: it is empty.',
    hint: 'declare it with ARG or ENV before, or write \\$ for a dollar',
    find: ({ instructions, inherited }) => {
      const known = new Set(['ARCH', ...inherited]);
      return instructions.flatMap((one) => {
        const used = shellKeywords.has(one.keyword) ? [] : variables(expandedText(one));
        const unknown = used.filter((name) => !known.has(name));
        if (one.keyword === 'ARG') known.add(one.name);
        if (one.keyword === 'ENV') for (const [name] of one.pairs) known.add(name);
        return unknown.map((name) => ({ text: `\${${name}} is set nowhere before`, at: one.position }));
      });
    },
  },
  LINT_APP_NOT_LAUNCHED: {
    about: 'An application is declared and `run` does not install it.',
    hint: 'name it in LAUNCH, or leave it to the Clusterfile (spec.appNames)',
    find: ({ instructions }) => {
      const launches = instructions.filter(({ keyword }) => ['LAUNCH', 'CMDS', 'CMD'].includes(keyword));
      const first = instructions.find(({ keyword }) => keyword === 'APP');
      if (first && launches.length === 0) return [{ text: 'nothing is launched', at: first.position }];
      return instructions.flatMap((one) =>
        one.keyword === 'APP' && !launches.some(({ text }) => text.includes(one.name))
          ? [{ text: `${one.name} is not launched`, at: one.position }]
          : [],
      );
    },
  },
  LINT_IGNORED_UNUSED: {
    about: 'A line of an ignored image list matches no image.',
    hint: 'correct it, or remove it',
    find: ({ ignored }) =>
      ignored
        .filter(({ used }) => !used)
        .map(({ text, position }) => ({ text: `${text} matches no image`, at: position })),
  },
};

/** Of all rules, in their order. */
export function lint(facts: LintFacts): LintFinding[] {
  return Object.entries(lintRules).flatMap(([code, { hint, find }]) =>
    find(facts).map(({ text, at }) => ({
      code,
      text,
      where: typeof at === 'string' ? at : `${at.file}:${at.line}:${at.column}`,
      hint,
    })),
  );
}

/** With the texts of here-documents. */
function wholeText(one: Instruction): string {
  if (one.keyword === 'RUN') return `${one.text}\n${JSON.stringify(one.command)}`;
  return expandedText(one);
}

/** What variables are replaced in. */
function expandedText(one: Instruction): string {
  const documents = one.keyword === 'COPY' || one.keyword === 'ADD' ? (one.documents ?? []) : [];
  return [one.text, ...documents.filter(({ expand }) => expand).map(({ text }) => text)].join('\n');
}

function variables(text: string): string[] {
  const plain = text.replace(/\\\$/g, '').replace(/'[^']*'/g, '');
  // A default makes it optional.
  return [...plain.matchAll(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g)].map(
    ([, braced, bare]) => braced ?? bare ?? '',
  );
}

function mentions(text: string, name: string): boolean {
  return [...text.matchAll(/\$\{?(\w+)/g)].some((match) => match[1] === name);
}
