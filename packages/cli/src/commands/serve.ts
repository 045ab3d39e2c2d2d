import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { bytes } from '../render/format.js';

export default class Serve extends BaseCommand {
  static override description =
    'Offer the local store as a read-only registry, to docker, containerd, skopeo and sealer on other machines. Images are found under their path, bundled container images too; Ctrl-C ends it. There is no login: everybody who reaches the address can pull.';
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --addr 0.0.0.0:5000 --tls-cert server.crt --tls-key server.key',
    'sealer pull 127.0.0.1:5000/team/shop:1.0',
    'skopeo inspect --tls-verify=false docker://127.0.0.1:5000/registry.example/team/shop:1.0',
  ];
  static override flags = {
    addr: Flags.string({ description: 'HOST:PORT to listen on', default: '127.0.0.1:5000' }),
    'tls-cert': Flags.string({ description: 'PEM certificate (with its chain): https', dependsOn: ['tls-key'] }),
    'tls-key': Flags.string({ description: 'PEM key of the certificate', dependsOn: ['tls-cert'] }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    const emit = this.begin(flags);
    const { serveStore } = await import('@sealer/core/images');
    const { 'tls-cert': certFile, 'tls-key': keyFile } = flags;
    const served = await serveStore(await this.openStore(), {
      address: flags.addr,
      tls: certFile && keyFile ? { certFile, keyFile } : undefined,
      emit,
      signal: this.abort.signal,
      onListening: (url) =>
        emit({ type: 'message', level: 'info', text: `serving ${this.sealerHome}/store at ${url}` }),
    });
    this.result(served, flags.quiet ? '' : `${served.requests} requests, ${bytes(served.bytes)} sent`);
  }
}
