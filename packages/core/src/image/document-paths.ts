/** Which files of a rootfs planning reads: an image's config carries copies of them. */

const pattern = /^(plugins\/[^/]+\.ya?ml|etc\/[^/]+\.ya?ml|(etc|charts|manifests|network)\/(.*\/)?[^/]+\.tmpl)$/;
const maxBytes = 256 * 1024;

/** @param size in bytes */
export function isDocument(path: string, size: number): boolean {
  return pattern.test(path) && size <= maxBytes;
}
