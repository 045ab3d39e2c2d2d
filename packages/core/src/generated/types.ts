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
}[]
launch: {
apps: string[]
commands: string[]
}
cni: string[]
csi: string[]
kubeVersion?: string
rootfs: {
/**
 * a digest: sha256: and 64 hex digits
 */
digest: string
/**
 * a digest: sha256: and 64 hex digits
 */
diffId: string
size: number
createdBy: string
}[]
bundle: {
name: string
/**
 * a digest: sha256: and 64 hex digits
 */
digest: string
/**
 * Of the manifest or index, as its registry serves it; the entry of `layers` has a media type of sealer's
 */
mediaType: string
size: number
/**
 * Items: a digest: sha256: and 64 hex digits
 */
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
/**
 * Items: KEY=value, the key of letters, digits and _
 */
export type Env = string[]
/**
 * a port from 1 to 65535
 */
export type Port = (number | string)
/**
 * Items: the fingerprint of a host key as ssh-keygen -l prints it, or a key as it stands in a .pub file
 */
export type HostKeys = string[]
/**
 * the value of a label as Kubernetes takes it: at most 63 letters, digits, -, _ and .
 */
export type LabelValue = string
/**
 * a domain name of letters, digits, - and .
 */
export type Domain = string
/**
 * the key of a label as Kubernetes takes it: [domain/]name, the name of at most 63 letters, digits, -, _ and .
 */
export type LabelKey = string

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
documentMetadata: DocumentMetadata
domain: Domain
labelKey: LabelKey
labelValue: LabelValue
machines: Machines
clusterV1: ClusterV1
application: Application
hostKeys: HostKeys
}
/**
 * Kubernetes' metadata: the name counts
 */
export interface Metadata {
/**
 * a name of small letters, digits and -, at most 63 characters
 */
name: string
labels?: {
[k: string]: string
}
annotations?: {
[k: string]: string
}
namespace?: string
generateName?: string
selfLink?: string
uid?: string
resourceVersion?: string
generation?: number
creationTimestamp?: string
deletionTimestamp?: string
deletionGracePeriodSeconds?: number
clusterName?: string
finalizers?: unknown[]
ownerReferences?: unknown[]
managedFields?: unknown[]
}
export interface Ssh {
user?: string
passwd?: string
pk?: string
pkPasswd?: string
port?: Port
hostKeys?: HostKeys
bastion?: {
address: string
user?: string
passwd?: string
pk?: string
pkPasswd?: string
port?: Port
hostKeys?: HostKeys
}
encrypted?: boolean
}
export interface Cluster {
apiVersion: ("sealer.io/v2" | "sealer.io/v1" | "sealer.cloud/v2" | "sealer.cloud/v1" | "sealer.aliyun.com/v1alpha1" | "zlink.aliyun.com/v1alpha1")
kind: "Cluster"
metadata: Metadata
spec: {
image: string
env?: Env
cmd?: Strings
appNames?: string[]
ssh?: Ssh
/**
 * @minItems 1
 */
hosts: {
ips: string[]
/**
 * @minItems 1
 * 
 * Items: a role as Kubernetes takes it in a label: at most 63 letters, digits, -, _ and .
 */
roles: string[]
ssh?: Ssh
env?: Env
labels?: {
[k: string]: LabelValue
}
taints?: Strings
}[]
hostAliases?: {
ip: string
/**
 * @minItems 1
 */
hostnames: Domain[]
}[]
registry?: {
localRegistry?: {
domain?: Domain
port?: Port
username?: string
password?: string
ha?: boolean
insecure?: boolean
cert?: {
subjectAltName?: {
dnsNames?: Strings
ips?: Strings
}
}
}
externalRegistry?: {
domain?: string
port?: Port
username?: string
password?: string
}
}
containerRuntime?: {
type?: string
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
cmd_args?: Env
dataRoot?: string
}
status?: {

}
}
export interface Plugin {
apiVersion: ("sealer.io/v2" | "sealer.io/v1" | "sealer.cloud/v2" | "sealer.cloud/v1" | "sealer.aliyun.com/v1alpha1" | "zlink.aliyun.com/v1alpha1")
kind: "Plugin"
metadata: DocumentMetadata
spec: {
type: string
data?: string
action: string
scope?: string
on?: string
}
status?: {

}
}
/**
 * As metadata, with a name of any form
 */
export interface DocumentMetadata {
/**
 * a name on one line
 */
name: string
labels?: {
[k: string]: string
}
annotations?: {
[k: string]: string
}
namespace?: string
generateName?: string
selfLink?: string
uid?: string
resourceVersion?: string
generation?: number
creationTimestamp?: string
deletionTimestamp?: string
deletionGracePeriodSeconds?: number
clusterName?: string
finalizers?: unknown[]
ownerReferences?: unknown[]
managedFields?: unknown[]
}
export interface Machines {
ipList?: string[]
cpu?: (string | number)
memory?: (string | number)
count?: (string | number)
systemDisk?: (string | number)
dataDisks?: (string | number)[]
}
/**
 * The older form, with masters and nodes
 */
export interface ClusterV1 {
apiVersion: ("sealer.io/v2" | "sealer.io/v1" | "sealer.cloud/v2" | "sealer.cloud/v1" | "sealer.aliyun.com/v1alpha1" | "zlink.aliyun.com/v1alpha1")
kind: "Cluster"
metadata: Metadata
spec: {
image: string
env?: Env
provider?: string
ssh?: Ssh
network?: {
interface?: string
cniName?: string
podCIDR?: string
svcCIDR?: string
withoutCNI?: boolean
}
certSANS?: Strings
masters: Machines
nodes?: Machines
}
status?: {

}
}
export interface Application {
apiVersion: ("sealer.io/v2" | "sealer.io/v1" | "sealer.cloud/v2" | "sealer.cloud/v1" | "sealer.aliyun.com/v1alpha1" | "zlink.aliyun.com/v1alpha1")
kind: "Application"
metadata: DocumentMetadata
spec: {
cmds?: Strings
launchApps?: string[]
configs?: {
name: string
env?: Env
files?: unknown[]
launch?: {

}
delete?: {

}
}[]
}
status?: {

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
/**
 * a digest: sha256: and 64 hex digits
 */
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

