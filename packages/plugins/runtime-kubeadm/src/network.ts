import { callApi, type PlanContext, renderTemplate, type StepDraft } from '@sealer/core';
import { podCidr } from './config.js';
import { apiPort, kubectl } from './places.js';

/** The manifest of the pod network that the image carries; an image without one brings its network as an app. */
const template = 'network/flannel.yaml.tmpl';

/** Else the image brings its network as an application. */
export function bringsNetwork(ctx: PlanContext): boolean {
  return ctx.image.config.documents[template] !== undefined;
}

export function installNetwork(ctx: PlanContext): StepDraft | undefined {
  const text = ctx.image.config.documents[template];
  if (text === undefined) return undefined;
  const values = {
    ...ctx.env(),
    PodCIDR: podCidr(ctx),
    APIServerHost: ctx.master0.address,
    APIServerPort: String(apiPort),
  };
  const manifest = renderTemplate(text, values, `image:${template}`);
  return ctx.step('Apply the pod network', {
    host: ctx.master0,
    check: (host) => host.query.succeeds([...kubectl(ctx), 'diff', '-f', '-'], { stdin: manifest }),
    run: async (host, io) => void (await callApi(host, [...kubectl(ctx), 'apply', '-f', '-'], io, { stdin: manifest })),
  });
}
