/** Where in an image's name its registry is; leaves apart, so that errors can tell. */

/** Whether a text says in which registry the image is: `registry.example/shop`, `docker.io/library/nginx`; not `shop:1.0`, nor a digest. */
export function namesRegistry(text: string): boolean {
  const slash = text.indexOf('/');
  return slash > 0 && looksLikeDomain(text.slice(0, slash));
}

/** What stands before the first slash: `a/b` is on docker.io, `a.b/c` is not. */
export function looksLikeDomain(text: string): boolean {
  return /[.:]/.test(text) || text === 'localhost' || text.toLowerCase() !== text;
}
