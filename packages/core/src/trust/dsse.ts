/**
 * Signed statements: in-toto statement v1 in a DSSE envelope (secure-systems-lab/dsse, protocol.md) in a sigstore bundle
 * v0.3 (protobuf-specs, sigstore_bundle.proto). What cosign 3 writes for images and for attestations.
 */
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { type PrivateKey, signBytes } from './keys.js';

export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const inTotoType = 'application/vnd.in-toto+json';
/** The predicate that says no more than: I sign this image. */
export const imageSignaturePredicate = 'https://sigstore.dev/cosign/sign/v1';

/** On the manifest of a bundle: what its statement says, so that nobody has to read it to know. */
export const predicateAnnotation = 'dev.sigstore.bundle.predicateType';

export interface Statement {
  _type: string;
  subject: { name?: string; digest: Record<string, string> }[];
  predicateType: string;
  predicate: unknown;
}

export interface Envelope {
  payloadType: string;
  /** Base64. */
  payload: string;
  signatures: { sig: string; keyid?: string }[];
}

export function statement(subject: Digest, predicateType: string, predicate: unknown, name?: string): Statement {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ ...(name === undefined ? {} : { name }), digest: { sha256: hexOf(subject) } }],
    predicateType,
    predicate,
  };
}

export function signStatement(signed: Statement, key: PrivateKey): Envelope {
  const payload = Buffer.from(JSON.stringify(signed));
  const sig = signBytes(preAuthentication(inTotoType, payload), key).toString('base64');
  return { payloadType: inTotoType, payload: payload.toString('base64'), signatures: [{ sig }] };
}

/** Without a transparency log's entry: whoever verifies has the key. */
export function bundleOf(envelope: Envelope, key: PrivateKey): Buffer {
  const hint = Buffer.from(key.id, 'hex').toString('base64');
  return Buffer.from(
    JSON.stringify({
      mediaType: bundleType,
      verificationMaterial: { publicKey: { hint } },
      dsseEnvelope: envelope,
    }),
  );
}

export interface OpenedBundle {
  statement: Statement;
  signed: Buffer;
  signatures: Buffer[];
  /** Hex id of the key, when the bundle says it. */
  keyId?: string;
}

/** Reads, verifies nothing. @throws Error saying what is wrong */
export function openBundle(bytes: Buffer): OpenedBundle {
  const bundle = JSON.parse(bytes.toString('utf8')) as {
    dsseEnvelope?: Envelope;
    verificationMaterial?: { publicKey?: { hint?: string } };
  };
  if (!bundle?.dsseEnvelope) throw new Error('its bundle has no DSSE envelope');
  const hint = bundle.verificationMaterial?.publicKey?.hint;
  return {
    ...openEnvelope(bundle.dsseEnvelope),
    ...(hint ? { keyId: Buffer.from(hint, 'base64').toString('hex') } : {}),
  };
}

/** @throws Error saying what is wrong */
export function openEnvelope({ payload, payloadType, signatures }: Envelope): OpenedBundle {
  if (payloadType !== inTotoType) throw new Error(`its payload is ${payloadType}, not ${inTotoType}`);
  if (!Array.isArray(signatures) || typeof payload !== 'string') throw new Error('its envelope is not complete');
  const bytes = Buffer.from(payload, 'base64');
  return {
    statement: JSON.parse(bytes.toString('utf8')) as Statement,
    signed: preAuthentication(payloadType, bytes),
    signatures: signatures.map(({ sig }) => Buffer.from(sig, 'base64')),
  };
}

/** What is signed in place of the payload alone (DSSE's PAE). */
function preAuthentication(type: string, payload: Buffer): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
