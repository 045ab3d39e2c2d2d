/** Which files of a rootfs planning reads: an image's config carries copies of them. */

const pattern = /^(plugins\/[^/]+\.ya?ml|etc\/[^/]+\.ya?ml|(etc|charts|manifests|network)\/(.*\/)?[^/]+\.tmpl)$/;
/** Bytes. */
export const documentLimit = 256 * 1024;

export function isDocumentPath(path: string): boolean {
  return pattern.test(path);
}

/** @param size in bytes */
export function isDocument(path: string, size: number): boolean {
  return isDocumentPath(path) && size <= documentLimit;
}
