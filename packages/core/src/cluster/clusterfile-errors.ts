import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

const exitCode = ExitCode.config;

export const clusterfileErrors = defineErrors({
  CLUSTERFILE_INVALID: error<{ file: string; count: number }>({
    exitCode,
    about: 'A Clusterfile, or what the flags say, has errors; all of them are listed. Nothing was changed.',
    message: ({ file, count }) => `${file} has ${count} error${count === 1 ? '' : 's'}`,
    hint: 'correct them; docs/clusterfile.md describes every field',
  }),
  CLUSTERFILE_UNREADABLE: error<{ file: string; reason: string }>({
    exitCode: ExitCode.usage,
    about: 'The Clusterfile cannot be read.',
    message: ({ file, reason }) => `cannot read ${file}: ${reason}`,
    hint: 'give the path of a Clusterfile with -f',
  }),
  CLUSTERFILE_YAML: error<{ reason: string }>({
    exitCode,
    about: 'The text is no YAML.',
    message: ({ reason }) => reason,
    hint: 'correct the YAML at this place',
  }),
  CLUSTERFILE_FIELD: error<{ path: string; problem: string }>({
    exitCode,
    about: 'A field of a Clusterfile is unknown, missing, or has a value that does not fit.',
    message: ({ path, problem }) => `${path}: ${problem}`,
    hint: 'docs/clusterfile.md describes every field',
  }),
  CLUSTERFILE_KIND_UNKNOWN: error<{ kind: string; suggestion?: string | undefined }>({
    exitCode,
    about: 'A document is of a kind that means nothing in a Clusterfile.',
    message: ({ kind, suggestion }) => `there is no kind "${kind}"${suggestion ? `; did you mean ${suggestion}?` : ''}`,
    hint: 'the kinds are Cluster, Plugin, Application, and the documents of the runtime, the kubelet and kube-proxy',
  }),
  CLUSTERFILE_KIND_UNAVAILABLE: error<{ kind: string }>({
    exitCode,
    about: 'A document is of a kind of Go sealer that this version does not carry out.',
    message: ({ kind }) => `documents of kind ${kind} are not carried out by this version`,
    hint: ({ kind }) =>
      /^Kube/.test(kind)
        ? 'write its parts as documents of their own: ClusterConfiguration, InitConfiguration, KubeletConfiguration, KubeProxyConfiguration'
        : 'take the document out; files can be put into the image, and set by a Plugin document of type SHELL',
  }),
});
