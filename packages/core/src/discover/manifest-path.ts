/** Where manifests of an image are: those that nothing has to apply by name to be looked into. */

/** Values of charts are no manifests. */
const notManifest = /^application\/values\//;
const manifest = /^(application|manifests|charts|network)\/.*\.(ya?ml|json)(\.tmpl)?$/;

export function isManifestPath(path: string): boolean {
  return manifest.test(path) && !notManifest.test(path);
}
