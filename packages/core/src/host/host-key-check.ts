/** Decides whether the key a host shows is the host's. */
import type { SealerError } from '../errors/sealer-error.js';
import { hostErrors } from './host-errors.js';
import { fingerprint, type KnownKey, keyType } from './known-hosts.js';

export interface HostKeyPolicy {
  known: readonly KnownKey[];
  /** `SHA256:...` or `type base64` from the Clusterfile; when present, nothing else counts. */
  pins?: readonly string[] | undefined;
  strict: boolean;
}

export type HostKeyVerdict = { kind: 'known' } | { kind: 'new' } | { kind: 'refused'; error: SealerError };

export function checkHostKey(host: string, blob: Buffer, policy: HostKeyPolicy): HostKeyVerdict {
  const seen = `${keyType(blob)} ${fingerprint(blob)}`;
  const base64 = blob.toString('base64');
  const changed = (known: string, place: string) => ({
    kind: 'refused' as const,
    error: hostErrors.HOST_KEY_CHANGED({ host, seen, known, place }),
  });
  if (policy.pins?.length) {
    const fits = policy.pins.some((pin) => pin === fingerprint(blob) || pin.split(/\s+/)[1] === base64);
    return fits ? { kind: 'known' } : changed(policy.pins.join(', '), 'hostKeys in the Clusterfile');
  }
  const revoked = policy.known.find((key) => key.revoked && key.key === base64);
  if (revoked) return changed('that this key is revoked', revoked.place);
  const usable = policy.known.filter((key) => !key.revoked);
  if (usable.some((key) => key.key === base64)) return { kind: 'known' };
  const other = usable.find((key) => key.type === keyType(blob)) ?? usable[0];
  if (other) return changed(`${other.type} ${fingerprint(Buffer.from(other.key, 'base64'))}`, other.place);
  return policy.strict ? { kind: 'refused', error: hostErrors.HOST_KEY_UNKNOWN({ host, seen }) } : { kind: 'new' };
}
