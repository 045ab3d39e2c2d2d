import { contains, type Network } from '@sealer/core';

/** Says whether a text names an address of one of the networks. */
export function mentioning(networks: readonly Network[]): (text: string) => boolean {
  return (text) =>
    (text.match(/\d+\.\d+\.\d+\.\d+(\/\d+)?|[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F]*/g) ?? []).some((found) => {
      const [address = '', prefix] = found.split('/');
      return networks.some(
        (network) => contains(network, address) && (prefix === undefined || Number(prefix) >= network.prefix),
      );
    });
}
