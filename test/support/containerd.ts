/** containerd of the lab's Kubernetes with folders of its own, for one test. Content can be fetched; nothing is run. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

export interface Containerd extends AsyncDisposable {
  /** Standard output of `ctr`. */
  ctr(...words: string[]): Promise<string>;
}

export async function startContainerd(directory: string): Promise<Containerd> {
  const prepared = process.env.SEALER_TEST_KUBE;
  if (!prepared) throw new Error('SEALER_TEST_KUBE names no folder: start the tests by npm test');
  const programs = join(prepared, 'containerd');
  await mkdir(directory, { recursive: true });
  const address = join(directory, 'containerd.sock');
  const config = join(directory, 'config.toml');
  const folders = `root = "${directory}/root"\nstate = "${directory}/state"\n`;
  const plugins = 'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n';
  await writeFile(config, `version = 2\n${folders}${plugins}[grpc]\naddress = "${address}"\n`);
  const stdio = ['ignore', 'ignore', 'pipe'] as const;
  const child = execa(join(programs, 'containerd'), ['--config', config], { stdio, buffer: false, reject: false });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-4000);
  });
  const ctr = async (...words: string[]) =>
    (await execa(join(programs, 'ctr'), ['--address', address, ...words])).stdout;
  for (let attempt = 0; !(await ctr('version').catch(() => undefined)); attempt++) {
    if (child.exitCode !== null || attempt > 100) throw new Error(`containerd did not start:\n${log}`);
    await sleep(100);
  }
  return {
    ctr,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await child;
    },
  };
}
