/** What package managers write down in a file tree: dpkg's status (deb-src-control(5)) and apk's installed (apk-v2). */
export interface OsPackage {
  manager: 'deb' | 'apk';
  name: string;
  version: string;
  architecture?: string;
}

/** Undefined for a path that is no database. */
export function databaseAt(path: string): OsPackage['manager'] | undefined {
  if (/^var\/lib\/dpkg\/status(\.d\/[^/]+)?$/.test(path) && !path.endsWith('.md5sums')) return 'deb';
  return /^(usr\/)?lib\/apk\/db\/installed$/.test(path) ? 'apk' : undefined;
}

export function parseDatabase(manager: OsPackage['manager'], text: string): OsPackage[] {
  return text.split(/\n\s*\n/).flatMap((record) => {
    const fields = new Map(
      record.split('\n').flatMap((line) => {
        const match = /^([A-Za-z-]+):\s?(.*)$/.exec(line);
        return match ? [[match[1] as string, (match[2] as string).trim()]] : [];
      }),
    );
    const [nameField, versionField, architectureField] =
      manager === 'deb' ? ['Package', 'Version', 'Architecture'] : ['P', 'V', 'A'];
    const name = fields.get(nameField);
    const version = fields.get(versionField);
    const architecture = fields.get(architectureField);
    // `deinstall ok config-files`: removed, its settings are left.
    const status = fields.get('Status');
    if (!name || !version || (status !== undefined && !status.endsWith(' installed'))) return [];
    return [{ manager, name, version, ...(architecture ? { architecture } : {}) }];
  });
}
