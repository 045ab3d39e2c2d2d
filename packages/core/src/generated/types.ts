// Made by tools/generate-schemas.mjs from schemas/. Do not edit.

export namespace ClusterImageConfigSchema {
export interface ClusterImageConfigDocument {
schemaVersion: 1
type: ("kube-installer" | "app-installer")
architecture: string
os: string
runtime?: {
type: string
version?: string
}
containerRuntime?: {
type: string
version?: string
}
labels: {
[k: string]: string
}
env: {
[k: string]: string
}
apps: {
name: string
type?: ("kube" | "helm" | "shell")
files: string[]
commands: string[]
env: {
[k: string]: string
}
values?: string[]
namespace?: string
}[]
launch: {
apps: string[]
commands: string[]
}
cni: string[]
csi: string[]
kubeVersion?: string
rootfs: {
digest: string
diffId: string
size: number
createdBy: string
}[]
bundle: {
name: string
digest: string
mediaType: string
size: number
blobs: string[]
origin: string
}[]
documents: {
[k: string]: string
}
}
}

export namespace ClusterfileSchema {
export type Strings = string[]
export type Env = string[]
export type Port = (number | string)

/**
 * Clusterfile documents
 */
export interface ClusterfileDocument {
metadata: Metadata
strings: Strings
env: Env
port: Port
ssh: Ssh
cluster: Cluster
plugin: Plugin
}
export interface Metadata {
name: string
labels?: {
[k: string]: string
}
annotations?: {
[k: string]: string
}
}
export interface Ssh {
user?: string
passwd?: string
pk?: string
pkPasswd?: string
port?: Port
hostKeys?: Strings
bastion?: {
address: string
user?: string
passwd?: string
pk?: string
pkPasswd?: string
port?: Port
hostKeys?: Strings
}
}
export interface Cluster {
apiVersion: ("sealer.io/v2" | "sealer.cloud/v2")
kind: "Cluster"
metadata: Metadata
spec: {
image: string
env?: Env
cmd?: Strings
appNames?: Strings
ssh?: Ssh
/**
 * @minItems 1
 */
hosts: {
/**
 * @minItems 1
 */
ips: string[]
/**
 * @minItems 1
 */
roles: string[]
ssh?: Ssh
env?: Env
labels?: {
[k: string]: string
}
taints?: Strings
}[]
hostAliases?: {
ip: string
/**
 * @minItems 1
 */
hostnames: string[]
}[]
registry?: {
localRegistry?: {
domain?: string
port?: Port
}
}
containerRuntime?: {
type: string
}
trust?: {
policy?: ("always" | "if-signed" | "never")
keys?: Strings
required?: number
}
plugins?: {
name: string
options?: {

}
}[]
}
status?: {

}
}
export interface Plugin {
apiVersion: ("sealer.io/v1" | "sealer.aliyun.com/v1alpha1")
kind: "Plugin"
metadata: Metadata
spec: {
type: string
data?: string
action: string
scope?: string
on?: string
}
}
}

export namespace EventSchema {
export type EventDocument = ({
type: "run-start"
operation: string
cluster: string
steps: number
hosts: string[]
/**
 * how many of the steps are of each host
 */
stepsByHost: {
[k: string]: number
}
} | {
type: "run-end"
operation: string
cluster: string
status: ("done" | "unchanged" | "failed" | "interrupted")
done: number
skipped: number
seconds: number
} | {
type: "phase-start"
phase: string
title: string
host?: string
} | {
type: "phase-end"
phase: string
title: string
host?: string
status: ("done" | "failed" | "skipped")
seconds: number
} | {
type: "step-start"
step: string
title: string
host?: string
phase: string
/**
 * run because another step needed what it gives; the plan does not count it
 */
onDemand?: true
} | {
type: "step-progress"
step: string
host?: string
current: number
total: number
unit: ("bytes" | "items")
} | {
type: "step-output"
step: string
host?: string
line: string
} | {
type: "step-end"
step: string
title: string
host?: string
phase: string
/**
 * run because another step needed what it gives; the plan does not count it
 */
onDemand?: true
status: ("done" | "holds" | "failed" | "undone" | "not-run")
seconds: number
error?: {
code: string
message: string
hint?: string
}
} | {
type: "progress"
id: string
/**
 * id of the work whose progress counts this, too
 */
partOf?: string
title: string
current: number
total?: number
unit: ("bytes" | "items")
done?: boolean
} | {
type: "message"
level: ("info" | "warning")
text: string
host?: string
code?: string
} | {
type: "result"
result: unknown
} | {
type: "error"
error: {
code: string
message: string
}
})
}

export namespace PlanSchema {
export interface PlanDocument {
schemaVersion: 1
operation: string
cluster: string
image: {
name: string
digest: string
}
hosts: {
name: string
roles: string[]
/**
 * fingerprint of what is known of the host
 */
facts: string
}[]
/**
 * the declared cluster, secrets left out
 */
clusterfile: string
steps: {
id: string
title: string
phase: string
host: string
plugin: string
state: ("holds" | "run" | "on-demand")
changes: {
kind: string
}[]
}[]
}
}

export namespace PluginPackageSchema {
export interface PluginPackageDocument {
name: string
version: string
type: "module"
sealer: {
plugin: true
}
}
}

