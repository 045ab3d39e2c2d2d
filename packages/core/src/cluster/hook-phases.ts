/** Phases Plugin documents may name, and the older names that still work. */
export const hookPhases = [
  'pre-install',
  'post-install',
  'pre-uninstall',
  'post-uninstall',
  'pre-scaleup',
  'post-scaleup',
  'upgrade',
  'rollback',
  'pre-init-host',
  'post-init-host',
  'pre-clean-host',
  'post-clean-host',
  'upgrade-host',
] as const;

export const hookPhaseAliases: Readonly<Record<string, string>> = {
  PreInit: 'pre-init-host',
  PreInstall: 'pre-install',
  PreJoin: 'pre-init-host',
  PostJoin: 'post-init-host',
  PreGuest: 'post-install',
  PostInstall: 'post-install',
  PreClean: 'pre-clean-host',
  PostClean: 'post-clean-host',
};
