/** An authority of a test's own, and certificates it signs for 127.0.0.1 and sea.hub. Two days valid; made by openssl. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Writes ca.crt, ca.key, server.crt, server.key, and `trust/ca.crt` alone for tools that want a folder.
 * @param days of the server's; less than none is one that has expired
 */
export async function makeCertificates(directory: string, days = 2): Promise<void> {
  await mkdir(join(directory, 'trust'), { recursive: true });
  const openssl = (...words: string[]) => execa('openssl', words, { cwd: directory });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const authority = ['-days', '2', '-subj', '/CN=test authority', '-keyout', 'ca.key', '-out', 'ca.crt'];
  await openssl('req', '-x509', ...key, ...authority);
  await openssl('req', ...key, '-subj', '/CN=registry', '-keyout', 'server.key', '-out', 'server.csr');
  await writeFile(join(directory, 'ext'), 'subjectAltName=IP:127.0.0.1,DNS:sea.hub\n');
  const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days), '-extfile', 'ext'];
  await openssl('x509', '-req', '-in', 'server.csr', ...sign, '-out', 'server.crt');
  await copyFile(join(directory, 'ca.crt'), join(directory, 'trust', 'ca.crt'));
}
