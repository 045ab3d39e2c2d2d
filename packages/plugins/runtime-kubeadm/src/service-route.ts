/**
 * Programs of a host reach a service address only when some route leads there, before kube-proxy's rules turn it to a pod.
 * Where there is no default route, one is given for the service network; a unit brings it back after a boot.
 */
import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import { apiServiceAddress, serviceCidr } from './config.js';
import * as scripts from './generated/scripts.js';

const unit = 'sealer-service-route.service';

export function serviceRoute(ctx: PlanContext, host: PlannedHost): StepDraft[] {
  if (host.facts.defaultRoute) return [];
  const networks = serviceCidr(ctx)
    .split(',')
    .map((cidr) => cidr.trim());
  const program = `${ctx.paths.base}/service-route.sh`;
  return [
    ctx.own('Place the route to the service network', host, {
      files: [
        { path: program, content: `#!/bin/bash\nset -e\n${scripts.serviceRoute}` },
        {
          path: `/etc/systemd/system/${unit}`,
          content: `[Unit]
Description=Route to the service network of the cluster
After=network-online.target
Wants=network-online.target
Before=kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash ${program} ${host.address} ${networks.join(' ')}

[Install]
WantedBy=multi-user.target
`,
        },
      ],
    }),
    ctx.step('Set the route to the service network', {
      host,
      check: (machine) => machine.query.succeeds(script(scripts.hasServiceRoute, unit, apiServiceAddress(ctx))),
      run: async (machine) => void (await machine.run(script(scripts.startUnit, unit))),
    }),
  ];
}

export function removeServiceRoute(ctx: PlanContext, host: PlannedHost): StepDraft {
  return ctx.step('Remove the route to the service network', {
    host,
    check: async (machine) => !(await machine.query.succeeds(script(scripts.hasRouteUnit, unit, ctx.paths.base))),
    run: async (machine) => void (await machine.run(['systemctl', 'disable', '-q', '--now', unit])),
  });
}
