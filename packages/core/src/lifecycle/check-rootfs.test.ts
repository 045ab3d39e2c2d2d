import { expect, test } from 'vitest';
import type { PlanContext } from '../plugin/extension-points.js';
import { checkRootfs } from './check-rootfs.js';

const context = (files: string[] | undefined, operation = 'install') =>
  ({
    operation,
    image: { name: 'shop:1', ...(files ? { files } : {}) },
    runtime: { embedsContainerRuntime: false, rootfsFiles: () => ['bin/runtime'] },
    containerRuntime: { rootfsFiles: () => ['bin/runner', 'etc/unit'] },
    registry: {},
  }) as unknown as PlanContext;

test('an image that lacks what plugins work with is refused, and what it has instead is named', () => {
  const refused = () => checkRootfs(context(['bin/runtime', 'cri/docker.tar.gz', 'cri/readme', 'scripts/docker.sh']));
  expect(refused).toThrow(expect.objectContaining({ code: 'IMAGE_ROOTFS_UNFIT' }));
  expect(refused).toThrow(/has no bin\/runner, etc\/unit; it has cri\/docker\.tar\.gz, which/);
});

test('an image that has it all, one whose files are not known, and a removal pass', () => {
  checkRootfs(context(['bin/runtime', 'bin/runner', 'etc/unit']));
  checkRootfs(context(undefined));
  checkRootfs(context([], 'uninstall'));
});
