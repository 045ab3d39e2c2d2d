/** WWW-Authenticate headers (RFC 9110, 11.6.1), as registries send them: Basic, and Bearer with realm, service, scope. */
export interface Challenge {
  /** Lower case. */
  scheme: string;
  /** Names in lower case. */
  parameters: Record<string, string>;
}

/** A server may offer several schemes, in one header or in several. */
export function parseChallenges(header: string | string[] | undefined): Challenge[] {
  const challenges: Challenge[] = [];
  for (const text of header === undefined ? [] : [header].flat()) {
    // A scheme is a word that is not followed by `=`; a parameter is name=token or name="quoted".
    const pattern = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;
    for (const [, word = '', quoted, token] of text.matchAll(pattern)) {
      const value = quoted?.replace(/\\(.)/g, '$1') ?? token;
      if (value === undefined) challenges.push({ scheme: word.toLowerCase(), parameters: {} });
      else {
        const last = challenges.at(-1);
        if (last) last.parameters[word.toLowerCase()] = value;
      }
    }
  }
  return challenges;
}
