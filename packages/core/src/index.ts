/** The public API of sealer's core: what plugins and the CLI may use. */

export { type BuildResult, buildImage } from './build/build-image.js';
export type { BuildOptions } from './build/build-options.js';
export { type LintResult, lintImage } from './build/lint-image.js';
export { contains, type Network, overlap, parseCidr } from './cluster/cidr.js';
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
export { readClusterfile } from './cluster/read-clusterfile.js';
export { serializeCluster } from './cluster/serialize-cluster.js';
export { type DocumentWarning, parseYamlDocuments } from './cluster/yaml-documents.js';
export type { OwnedFile, OwnedItems } from './distribute/owned-items.js';
export { defineErrors, type ErrorDeclaration, type ErrorFactories, error, errorCatalog } from './errors/define.js';
export { ExitCode, SealerError, type SourcePosition } from './errors/sealer-error.js';
export type { Emit, EventError, SealerEvent } from './events/events.js';
export { type Argv, type Command, describe, type Script, script } from './host/command.js';
export type { HostFacts } from './host/facts.js';
export type { CommandResult, Host, HostQuery, RunOptions, WriteOptions } from './host/host.js';
export { openHost, openHosts } from './host/open-host.js';
export * from './images.js';
export { appDirectory } from './lifecycle/apps.js';
export { type CallOptions, callApi, saysAway } from './lifecycle/call-api.js';
export { lastSeenOfPods } from './lifecycle/last-seen.js';
export { recordLaunched, waitForLaunched } from './lifecycle/launched.js';
export { lifecycleErrors } from './lifecycle/lifecycle-errors.js';
export { kubeconfigPath } from './lifecycle/save-state.js';
export { waitForWorkloads, workloadsIn } from './lifecycle/wait-for-apps.js';
export type { Workload } from './lifecycle/workload.js';
export { applyCluster, planCluster } from './operations/apply.js';
export { type ClusterState, keptClusterfile, knownClusters, readState } from './operations/cluster-state.js';
export { deleteCluster, planDelete } from './operations/delete.js';
export { type ExecResult, execOnHosts } from './operations/exec.js';
export type { RunResult } from './operations/run-plan.js';
export type { OperationOptions } from './operations/session.js';
export { type ClusterStatus, clusterStatus, type NodeStatus } from './operations/status.js';
export { applyPlugins } from './plugin/apply-plugins.js';
export { type Plugin, type PluginDefinition, pluginApiVersion, type SealerApi } from './plugin/contract.js';
export { definePlugin } from './plugin/define-plugin.js';
export type {
  AppType,
  ContainerRuntime,
  HookType,
  HostRequirements,
  ImageMirror,
  PlanContext,
  Registry,
  Runtime,
} from './plugin/extension-points.js';
export type { HostSettings } from './plugin/host-settings.js';
export { installPlugin, removePlugin } from './plugin/install-plugin.js';
export { expectPlugin, type InstalledPlugin, importPlugin, installedPlugins } from './plugin/load-plugins.js';
export { Stage } from './plugin/phase-hooks.js';
export type { Planned, PlannedHost, PlannedImage, WaitSpec } from './plugin/planning.js';
export { pluginErrors } from './plugin/plugin-errors.js';
export { referrersTag } from './registry/referrers.js';
export { createRegistryClient } from './registry/registry-client.js';
export { renderTemplate } from './template/render.js';
export { parsePlan } from './workflow/parse-plan.js';
export { type Phase, type PhaseName, phases } from './workflow/phases.js';
export type { PlanDocument, PlannedStepDocument } from './workflow/plan-document.js';
export type { OutputValues, Step, StepDraft, StepIO, StepSpec } from './workflow/step.js';
export { stepErrors } from './workflow/step-errors.js';
export { stepPatience, type TryAgainOptions, tryAgain } from './workflow/try-again.js';
export { workflowErrors } from './workflow/workflow-errors.js';
