/** package-url (purl-spec): `pkg:type/namespace/name@version?qualifiers`, qualifiers sorted. */
export function packageUrl(
  type: string,
  path: string,
  version: string | undefined,
  qualifiers: Readonly<Record<string, string | undefined>> = {},
): string {
  // Of these types, the specification wants names in lower case.
  const name = path.toLowerCase().split('/').map(encode).join('/');
  const said = Object.entries(qualifiers)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encode(value)}`]))
    .sort();
  return `pkg:${type}/${name}${version === undefined ? '' : `@${encode(version)}`}${said.length > 0 ? `?${said.join('&')}` : ''}`;
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/%3A/g, ':')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
