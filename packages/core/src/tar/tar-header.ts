/** Tar headers (POSIX ustar) for archives whose names are short and ASCII, as those of an OCI layout are. */

/** Fixed time, owner and mode, so that the same content gives the same archive. Folder names end in a slash. */
export function tarHeader(name: string, size: number): Buffer {
  const isDirectory = name.endsWith('/');
  const header = Buffer.alloc(512);
  header.write(name, 0, 100, 'latin1');
  header.write(isDirectory ? '0000755\0' : '0000644\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  writeSize(header, size);
  header.write('00000000000\0', 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write(isDirectory ? '5' : '0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** What fills an entry of `size` bytes up to whole blocks. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((512 - (size % 512)) % 512);
}

/** The two empty blocks at the end. */
export const tarEnd = Buffer.alloc(1024);

/** Octal up to 8 GiB, base-256 above (GNU; understood by every reader we know of). */
function writeSize(header: Buffer, size: number): void {
  if (size < 0o100000000000) {
    header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
    return;
  }
  header.writeBigUInt64BE(BigInt(size), 128);
  header[124] = 0x80;
}
