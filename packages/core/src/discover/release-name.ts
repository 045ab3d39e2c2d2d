/** Helm names a release by lower-case words, digits, `-` and `.`, of at most 53 characters; an app's name may be more. */
export function releaseName(app: string): string {
  const name = app
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/[.-]*\.[.-]*/g, '.')
    .slice(0, 53)
    .replace(/^[.-]+|[.-]+$/g, '');
  return name || 'release';
}
