/** Lays one YAML mapping over another: mappings are merged, everything else is replaced, null takes a field away. */
export function mergeDocuments(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  // A map, so that `__proto__` is a name like others.
  const result = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const present = result.get(key);
    if (value === null) result.delete(key);
    else result.set(key, isMapping(value) && isMapping(present) ? mergeDocuments(present, value) : value);
  }
  return Object.fromEntries(result);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
