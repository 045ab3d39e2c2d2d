/** Private keys that take a password, told by their PEM labels. */

/** Labels of cosign's own form; the first is what is written now. */
export const boxLabels = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY'] as const;
/** A key in that form: its label, and what it holds in base64. */
export const boxed = new RegExp(`-----BEGIN (${boxLabels.join('|')})-----([\\s\\S]+?)-----END \\1-----`);

/** True when reading the key takes a password. */
export function isEncrypted(pem: string): boolean {
  return boxed.test(pem) || /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(pem);
}
