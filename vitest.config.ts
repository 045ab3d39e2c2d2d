import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// Tests import the sources, not dist: the quick suite needs no build.
const alias = [
  { find: '@sealer/core/testing', replacement: path('packages/core/src/testing/index.ts') },
  { find: '@sealer/core/images', replacement: path('packages/core/src/images.ts') },
  { find: /^@sealer\/core$/, replacement: path('packages/core/src/index.ts') },
];

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        // No network, no root, no processes but short-lived ones: under a minute as a whole.
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['packages/**/src/**/*.test.ts', 'test/unit/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        // Real tools on this machine: sshd, registry, buildah, the built CLI. No lab hosts.
        resolve: { alias },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Stories on the lab's hosts: real systemd, sshd, containerd, kubeadm. One file at a time.
        resolve: { alias },
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
          sequence: { concurrent: false },
        },
      },
    ],
  },
});
