/** Clusterfile text to a validated ClusterSpec. Every error of the file is reported, each with its place. */
import type { SealerError } from '../errors/sealer-error.js';
import { suggest } from '../errors/suggest.js';
import { expandAddresses } from './addresses.js';
import { applicationDocument, type Launch } from './application-document.js';
import { checkSchema, show } from './check-schema.js';
import { clusterOf } from './cluster-document.js';
import type { ClusterSpec, PluginDocument, RuntimeDocument } from './cluster-spec.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import { fromOlderCluster, isOlderCluster } from './older-cluster.js';
import { pluginDocument } from './plugin-documents.js';
import { runtimeKinds } from './runtime-kinds.js';
import { type LocatedDocument, readDocuments, type Warn, withoutEmpty } from './yaml-documents.js';

/** Of Go sealer, or of its design: named, and not carried out. */
const laterKinds = ['Config', 'Infra'];
const ownKinds = ['Cluster', 'Plugin', 'Application'];

/**
 * @param file name for messages
 * @param warn told of what has no effect here
 * @throws CLUSTERFILE_INVALID with every error in `errors`
 */
export function parseClusterfile(text: string, file: string, warn: Warn = () => undefined): ClusterSpec {
  const reader = new ClusterfileReader(file, warn);
  const documents = readDocuments(text, file, reader.errors);
  for (const document of documents) reader.read(document);
  const { errors, cluster, hooks, runtimeDocuments, launch } = reader;
  if (!reader.clusters && !errors.length)
    errors.push(
      clusterfileErrors.CLUSTERFILE_FIELD(
        { path: 'the file', problem: 'it has no document of kind Cluster' },
        { position: { file, line: 1, column: 1 } },
      ),
    );
  if (errors.length || !cluster)
    throw clusterfileErrors.CLUSTERFILE_INVALID({ file, count: errors.length }, { errors });
  return { ...launch, ...cluster, hooks, runtimeDocuments };
}

class ClusterfileReader {
  readonly errors: SealerError[] = [];
  readonly hooks: PluginDocument[] = [];
  readonly runtimeDocuments: RuntimeDocument[] = [];
  clusters = 0;
  cluster: ClusterSpec | undefined;
  launch: Launch | undefined;

  constructor(
    private readonly file: string,
    private readonly warn: Warn,
  ) {}

  read(document: LocatedDocument): void {
    const { errors, warn } = this;
    const { kind, apiVersion } = document.value;
    const position = document.at(['kind']);
    if (typeof kind !== 'string' || kind === '')
      errors.push(
        clusterfileErrors.CLUSTERFILE_FIELD(
          { path: 'kind', problem: 'the document does not say its kind' },
          { position },
        ),
      );
    else if (kind === 'Cluster') this.#cluster(withoutEmpty(document));
    else if (kind === 'Plugin') {
      const hook = pluginDocument(withoutEmpty(document), this.file, errors, warn);
      if (hook) this.hooks.push(hook);
    } else if (kind === 'Application') {
      if (this.launch) this.#again(kind, document);
      this.launch = applicationDocument(withoutEmpty(document), errors) ?? {};
    } else if (runtimeKinds.includes(kind)) {
      const { apiVersion: _version, kind: _kind, ...content } = document.value;
      if (kind === 'JoinConfiguration')
        warn({ text: 'JoinConfiguration has no effect: every host joins as it is reached', position });
      else if (typeof apiVersion !== 'string')
        errors.push(
          clusterfileErrors.CLUSTERFILE_FIELD(
            { path: 'apiVersion', problem: 'it is missing, or no text' },
            { position: document.at(['apiVersion']) },
          ),
        );
      else this.runtimeDocuments.push({ apiVersion, kind, content, source: `${this.file}:${position.line}` });
    } else if (laterKinds.includes(kind) || /^Kube.*Config$/.test(kind))
      errors.push(clusterfileErrors.CLUSTERFILE_KIND_UNAVAILABLE({ kind }, { position }));
    else {
      const suggestion = suggest(kind, [...ownKinds, ...runtimeKinds]);
      errors.push(clusterfileErrors.CLUSTERFILE_KIND_UNKNOWN({ kind, suggestion }, { position }));
    }
  }

  #cluster(given: LocatedDocument): void {
    const { errors, warn } = this;
    this.clusters += 1;
    if (this.clusters > 1) {
      this.#again('Cluster', given);
      return;
    }
    const document = isOlderCluster(given) ? fromOlderCluster(given, errors, warn) : given;
    if (document && checkSchema(document, 'cluster', errors)) this.cluster = clusterOf(document, errors, warn);
    else if (document) checkAddresses(document, errors);
  }

  #again(kind: string, document: LocatedDocument): void {
    const problem = `there is a second ${kind} document`;
    const position = document.at(['kind']);
    this.errors.push(clusterfileErrors.CLUSTERFILE_FIELD({ path: 'kind', problem }, { position }));
  }
}

/** What can be said of a document that has other mistakes: all of them are reported at once. */
function checkAddresses(document: LocatedDocument, errors: SealerError[]): void {
  const { hosts } = (document.value.spec ?? {}) as { hosts?: unknown };
  for (const [index, group] of (Array.isArray(hosts) ? hosts : []).entries()) {
    const { ips } = (group ?? {}) as { ips?: unknown };
    for (const [number, text] of (Array.isArray(ips) ? ips : []).entries()) {
      if (typeof text !== 'string') continue;
      const path = ['spec', 'hosts', index, 'ips', number];
      try {
        expandAddresses(text);
      } catch (cause) {
        const problem = (cause as Error).message;
        errors.push(
          clusterfileErrors.CLUSTERFILE_FIELD({ path: show(path), problem }, { position: document.at(path) }),
        );
      }
    }
  }
}
