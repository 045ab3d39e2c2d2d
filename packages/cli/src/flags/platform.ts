/** `linux/arm64/v8` as a platform. */
import { parsePlatform } from '@sealer/core/images';

/** What is empty is none that was left out. @throws PLATFORM_UNKNOWN */
export function platformFlag(text: string | undefined): ReturnType<typeof parsePlatform> | undefined {
  return text === undefined ? undefined : parsePlatform(text);
}
