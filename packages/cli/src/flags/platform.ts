/** `linux/arm64/v8` as a platform. */
import { Errors } from '@oclif/core';
import type { Platform } from '@sealer/core';

export function parsePlatform(text: string): Platform {
  const match = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9]+))?$/.exec(text);
  if (!match?.[1] || !match[2])
    throw new Errors.CLIError(
      `${JSON.stringify(text)} is no platform: expected OS/ARCH, such as linux/amd64 or linux/arm64`,
    );
  return { os: match[1], architecture: match[2], ...(match[3] ? { variant: match[3] } : {}) };
}
