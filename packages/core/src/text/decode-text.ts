/** Bytes of a file as text: UTF-8, or UTF-16 that says so by its mark, as Windows editors write it. */
import { placeAt, type TextFault } from './place.js';

export type DecodedText = { text: string } | { fault: TextFault };

export function decodeText(bytes: Buffer): DecodedText {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16(bytes.subarray(2));
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return utf16(Buffer.from(bytes.subarray(2, bytes.length & ~1)).swap16());
  const text = bytes.toString('utf8');
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', at + 1)) {
    const offset = Buffer.byteLength(text.slice(0, at));
    // The character itself may stand in a file.
    if (bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd) continue;
    return { fault: { ...placeAt(text, at), reason: 'bytes that are no UTF-8' } };
  }
  return { text: text.startsWith('\ufeff') ? text.slice(1) : text };
}

function utf16(bytes: Buffer): DecodedText {
  return { text: bytes.toString('utf16le') };
}
