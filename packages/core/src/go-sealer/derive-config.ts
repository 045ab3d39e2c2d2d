/** The config a Go sealer image would have had, had this sealer built it. */

import {
  type BundleImage,
  type ClusterImageConfig,
  type ImageApp,
  imageLabels,
  type RootfsLayer,
} from '../image/cluster-config.js';
import type { Platform } from '../image/descriptor.js';
import { isDocument } from '../image/document-paths.js';
import { parseReference } from '../image/reference.js';
import { sorted } from '../store/write-cluster-image.js';
import type { GoApplication, GoExtension } from './extension.js';
import type { LayerTree } from './layer-tree.js';

export interface DeriveInputs {
  extension: GoExtension;
  platform: Platform;
  /** Of the image's OCI config. */
  labels: Readonly<Record<string, string>>;
  rootfs: RootfsLayer[];
  bundle: BundleImage[];
  tree: LayerTree;
}

const addonLabel = /^cluster\.alpha\.sealer\.io\/kube-(cni|csi)-(.+)$/;

export function deriveConfig(inputs: DeriveInputs): ClusterImageConfig {
  const { extension, platform, rootfs, bundle, tree } = inputs;
  const labels = { ...extension.labels, ...inputs.labels };
  const addons = (kind: string) =>
    Object.keys(labels).flatMap((key) => {
      const [, found, name] = addonLabel.exec(key) ?? [];
      return found === kind && name !== undefined && labels[key] === 'true' ? [name] : [];
    });
  const version = labels[imageLabels.runtimeVersion] ?? bundledVersion(bundle);
  // Go sealer's default; an image of applications brings no runtime unless it says so.
  const runtime = labels[imageLabels.runtimeType] ?? (extension.type === 'kube-installer' ? 'kubernetes' : undefined);
  const containerRuntime = labels[imageLabels.containerRuntimeType];
  const kubeVersion = labels[imageLabels.kubeVersion];
  return {
    schemaVersion: 1,
    type: extension.type,
    architecture: platform.architecture,
    os: platform.os,
    ...(runtime === undefined ? {} : { runtime: versioned(runtime, version) }),
    // Without a label Go sealer takes docker. What the rootfs holds decides here: see lifecycle/check-rootfs.ts.
    ...(containerRuntime === undefined
      ? {}
      : { containerRuntime: versioned(containerRuntime, labels[imageLabels.containerRuntimeVersion]) }),
    labels: sorted(labels),
    env: sorted(extension.env),
    apps: extension.applications.map(deriveApp),
    launch: { apps: extension.launch.apps, commands: extension.launch.commands },
    cni: addons('cni'),
    csi: addons('csi'),
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
    rootfs,
    bundle,
    documents: sorted(documents(tree)),
  };
}

function versioned(type: string, version: string | undefined) {
  return { type, ...(version === undefined ? {} : { version }) };
}

/** Not every image has the label; the control plane's own image knows. */
function bundledVersion(bundle: readonly BundleImage[]): string | undefined {
  return bundle.map(({ name }) => parseReference(name)).find(({ path }) => /(^|\/)kube-apiserver$/.test(path))?.tag;
}

function documents(tree: LayerTree): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [path, { text }] of tree.entries())
    if (text !== undefined && isDocument(path, text.length)) found[path] = text;
  return found;
}

/** Where Go sealer runs a line differs from where we do; the lines are made so that they meet the same folder. */
function deriveApp({ name, type, files, env, commands }: GoApplication): ImageApp {
  const app = { name, files, env, commands: shellLine(commands) };
  switch (type) {
    case 'helm':
      return { ...app, type, files: ['.'] };
    case 'kube':
      return { ...app, type, files: files.length > 0 ? files : ['.'] };
    case 'shell':
      return { ...app, type, commands: app.commands.length > 0 ? app.commands : scripts(name, files) };
    default:
      return app;
  }
}

/** APPCMDS are the words of one line, in the app's folder; some versions put `&&` before the first. */
function shellLine(words: readonly string[]): string[] {
  const line = words.join(' ').replace(/^\s*&&\s*/, '');
  return line === '' ? [] : [line];
}

/** Scripts are started in the rootfs, not in the app's folder. */
function scripts(name: string, files: readonly string[]): string[] {
  const quoted = files.map((file) => `bash 'application/apps/${name}/${file.replaceAll("'", `'\\''`)}'`);
  return quoted.length > 0 ? [`cd ../../.. && ${quoted.join(' && ')}`] : [];
}
