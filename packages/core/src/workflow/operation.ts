/** What sealer can be asked to do to a cluster. The names are design.md's. */
export const operations = [
  'install',
  'scale-up',
  'scale-down',
  'upgrade',
  'rollback',
  'uninstall',
  'app-install',
  'app-uninstall',
  'backup',
  'restore',
  'renew-certs',
] as const;
export type Operation = (typeof operations)[number];
