import { X509Certificate } from 'node:crypto';
import { type Host, type PlanContext, Secret, type StepDraft, script } from '@sealer/core';
import { makeCertificate } from './certificate.js';
import * as scripts from './generated/scripts.js';
import { expectOwnListener } from './own-listener.js';
import { service } from './places.js';

export function installRegistry(ctx: PlanContext): StepDraft[] {
  const host = ctx.master0;
  const { domain, port } = ctx.cluster.registry;
  const folder = `${ctx.paths.base}/registry`;
  const addresses = [host.address, '127.0.0.1'];
  return [
    ctx.step('Make the certificate of the registry', {
      host,
      effects: [`write ${folder}/ca.crt, tls.crt and their keys`],
      check: (machine) => certificateHolds(machine, folder, domain, host.address),
      run: async (machine) => {
        const made = await makeCertificate(domain, addresses);
        await machine.write(`${folder}/ca.key`, new Secret(made.caKey), { mode: 0o600 });
        await machine.write(`${folder}/tls.key`, new Secret(made.key), { mode: 0o600 });
        await machine.write(`${folder}/ca.crt`, made.ca);
        // Last: what the check looks at is there only when everything is.
        await machine.write(`${folder}/tls.crt`, made.certificate);
      },
    }),
    ctx.own('Place the files of the registry', host, {
      files: [
        { path: `${folder}/config.yml`, content: config(folder, port) },
        { path: `/etc/systemd/system/${service}`, content: unit(ctx.paths.rootfs, folder) },
      ],
    }),
    ctx.step('Start the registry', {
      host,
      check: (machine) => machine.query.succeeds(script(scripts.isRunning, service, folder, String(port))),
      run: async (machine) => {
        // Another program at the port is a refusal of ours, not a failure of the script.
        await machine.run(script(scripts.start, service, String(port))).catch(async (cause) => {
          await expectOwnListener(machine, port);
          throw cause;
        });
      },
    }),
  ];
}

async function certificateHolds(machine: Host, folder: string, domain: string, address: string): Promise<boolean> {
  const [ca, certificate] = await Promise.all([
    machine.query.readFile(`${folder}/ca.crt`),
    machine.query.readFile(`${folder}/tls.crt`),
  ]);
  if (!ca || !certificate) return false;
  const server = new X509Certificate(certificate);
  return Boolean(
    server.checkHost(domain) &&
      server.checkIP(address) &&
      server.verify(new X509Certificate(ca).publicKey) &&
      new Date(server.validTo) > new Date(),
  );
}

function config(folder: string, port: number): string {
  return `version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: ${folder}/data}
  delete: {enabled: true}
http:
  addr: :${port}
  tls: {certificate: ${folder}/tls.crt, key: ${folder}/tls.key}
`;
}

function unit(rootfs: string, folder: string): string {
  return `[Unit]
Description=Registry of the cluster's container images
After=network.target

[Service]
ExecStart=${rootfs}/bin/registry serve ${folder}/config.yml
Environment=OTEL_TRACES_EXPORTER=none
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;
}
