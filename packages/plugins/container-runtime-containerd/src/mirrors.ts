import type { ImageMirror, PlanContext, PlannedHost, StepDraft } from '@sealer/core';
import { certsFolder } from './socket.js';

/** containerd's certs.d: read at every pull, no restart needed. */
export function trustMirrors(ctx: PlanContext, host: PlannedHost, mirrors: readonly ImageMirror[]): StepDraft {
  return ctx.own('Add the registry mirrors', host, {
    files: mirrors.map((mirror) => ({
      path: `${certsFolder}/${mirror.domain}/hosts.toml`,
      content: `server = "${mirror.url}"

[host."${mirror.url}"]
  capabilities = ["pull", "resolve"]
  override_path = true
  ca = "${mirror.caFile}"
`,
    })),
  });
}
