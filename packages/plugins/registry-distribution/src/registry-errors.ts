import { defineErrors, ExitCode, error } from '@sealer/core';

export const registryErrors = defineErrors({
  REGISTRY_PORT_TAKEN: error<{ host: string; port: number; holder: string }>({
    exitCode: ExitCode.host,
    about: "Another program listens at the port of the cluster's registry, so that images would be asked of it.",
    message: ({ host, port, holder }) =>
      `on ${host}, port ${port} is held by ${holder}, not by this cluster's registry`,
    hint: 'stop that program, or give the registry another port: spec.registry.localRegistry.port; then run again',
  }),
  REGISTRY_NOT_RUNNING: error<{ host: string; port: number; service: string }>({
    exitCode: ExitCode.cluster,
    about: "The cluster's registry does not run, or its certificate is gone, when it is to be filled.",
    message: ({ host, port, service }) => `on ${host} nothing listens at port ${port}: ${service} does not run`,
    hint: ({ service }) => `look at its log on the host (journalctl -u ${service}), then run again`,
  }),
});
