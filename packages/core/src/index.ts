/** The public API of sealer's core: what plugins and the CLI may use. */
export { type BuildOptions, type BuildResult, buildImage } from './build/build-image.js';
export { applyFlags, type ClusterFlags, clusterFromFlags } from './cluster/cluster-from-flags.js';
export type {
  ClusterSpec,
  HostSpec,
  PluginDocument,
  RuntimeDocument,
  SshSettings,
  Taint,
} from './cluster/cluster-spec.js';
export { clusterfileErrors } from './cluster/clusterfile-errors.js';
export { mergeDocuments } from './cluster/merge-documents.js';
export { parseClusterfile } from './cluster/parse-clusterfile.js';
export { type ClusterPaths, clusterPaths, clusterStateDirectory, hostBlobs } from './cluster/paths.js';
export { serializeCluster } from './cluster/serialize-cluster.js';
export type { OwnedFile, OwnedItems } from './distribute/owned-items.js';
export { defineErrors, error, errorCatalog } from './errors/define.js';
export { ExitCode, SealerError, type SourcePosition } from './errors/sealer-error.js';
export { type Argv, type Command, describe, type Script, script } from './host/command.js';
export type { HostFacts } from './host/facts.js';
export type { CommandResult, Host, HostQuery, RunOptions, WriteOptions } from './host/host.js';
export { openHost, openHosts } from './host/open-host.js';
export {
  type AppType as ImageAppType,
  type BundleImage,
  type ClusterImageConfig,
  type ImageApp,
  type ImageType,
  imageLabels,
} from './image/cluster-config.js';
export type { Descriptor, Digest, ImageIndex, ImageManifest, Platform } from './image/descriptor.js';
export { type ImageInspection, inspectImage } from './image/inspect-image.js';
export { openStore } from './image/layout-store.js';
export { type ImageRow, listImages } from './image/list-images.js';
export { loadImages } from './image/load-archive.js';
export { lookUpImages } from './image/look-up-images.js';
export { parseReference, type Reference } from './image/reference.js';
export { saveImages } from './image/save-archive.js';
export type { ImageStore, LoadedImage, StoredImage } from './image/store.js';
export { tagImage } from './image/tag-image.js';
export { appDirectory } from './lifecycle/apps.js';
export { lifecycleErrors } from './lifecycle/lifecycle-errors.js';
export { kubeconfigPath } from './lifecycle/save-state.js';
export { applyCluster, planCluster } from './operations/apply.js';
export { type ClusterState, keptClusterfile, knownClusters, readState } from './operations/cluster-state.js';
export { deleteCluster, planDelete } from './operations/delete.js';
export { type ExecResult, execOnHosts } from './operations/exec.js';
export type { RunResult } from './operations/run-plan.js';
export type { OperationOptions } from './operations/session.js';
export { type ClusterStatus, clusterStatus, type NodeStatus } from './operations/status.js';
export { applyPlugins } from './plugin/apply-plugins.js';
export type { PlanContext, Planned, PlannedHost, PlannedImage, WaitSpec } from './plugin/context.js';
export { type Plugin, type PluginDefinition, pluginApiVersion, type SealerApi } from './plugin/contract.js';
export { definePlugin } from './plugin/define-plugin.js';
export type {
  AppType,
  ContainerRuntime,
  HookType,
  HostRequirements,
  ImageMirror,
  Registry,
  Runtime,
} from './plugin/extension-points.js';
export { expectPlugin, type InstalledPlugin, importPlugin, installedPlugins } from './plugin/load-plugins.js';
export { Stage } from './plugin/phase-hooks.js';
export { pluginErrors } from './plugin/plugin-errors.js';
export { copyImageToRegistry } from './registry/copy-image-to-registry.js';
export type { RegistryAccess } from './registry/connect-registry.js';
export { logIn, logOut } from './registry/login.js';
export { type PullOptions, type PullResult, pullImage } from './registry/pull-image.js';
export { type PushOptions, type PushResult, pushImage } from './registry/push-image.js';
export { createRegistryClient, type RegistryClient } from './registry/registry-client.js';
export { listTags, searchRegistry } from './registry/search-registry.js';
export { redact, Secret } from './secrets/secret.js';
export { renderTemplate } from './template/render.js';
export type { Emit, EventError, SealerEvent } from './workflow/events.js';
export { type Phase, type PhaseName, phases } from './workflow/phases.js';
export type { PlanDocument, PlannedStepDocument } from './workflow/plan-document.js';
export type { OutputValues, Step, StepDraft, StepIO, StepSpec } from './workflow/step.js';
