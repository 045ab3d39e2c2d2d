import { expect, test } from 'vitest';
import { checkTargets, parsePlatform } from './parse-platform.js';
import { platformName } from './platform.js';

test.each([
  ['linux/amd64', 'linux/amd64'],
  ['Linux/AMD64', 'linux/amd64'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['linux/arm', 'linux/arm'],
  ['linux/arm/v7', 'linux/arm/v7'],
  ['linux/arm/7', 'linux/arm/v7'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/riscv64', 'linux/riscv64'],
  ['arm64', 'linux/arm64'],
  ['windows/amd64', 'windows/amd64'],
])('%s is %s', (text, name) => {
  expect(platformName(parsePlatform(text))).toBe(name);
});

test.each<[string, RegExp]>([
  ['linux/amd46', /no architecture amd46 of linux; did you mean amd64\?/],
  ['linux/arm46', /did you mean arm64\?/],
  ['linus/amd64', /no system linus; did you mean linux\?/],
  ['linux/wasm', /no architecture wasm of linux/],
  ['linux/amd64/v9', /amd64 has no variant v9/],
  ['linux/arm64/v7', /arm64 has no variant v7/],
  ['linux/s390x/v1', /s390x has no variant/],
  ['linux/constructor', /no architecture constructor/],
  ['linux/amd64/v1/x', /not of the form/],
  ['linux/', /not of the form/],
  ['', /not of the form/],
  ['amd46', /no system amd46/],
  ['linux amd64', /no system linux amd64/],
])('%s is refused', (text, message) => {
  expect(() => parsePlatform(text)).toThrowError(expect.objectContaining({ code: 'PLATFORM_UNKNOWN' }));
  expect(() => parsePlatform(text)).toThrowError(message);
});

test('targets of a build are Linux, and each is one', () => {
  const platforms = ['linux/arm64', 'linux/aarch64/v8', 'linux/amd64'].map(parsePlatform);
  expect(checkTargets(platforms).map(platformName)).toEqual(['linux/arm64', 'linux/amd64']);
  expect(() => checkTargets(['linux/arm/v6', 'linux/arm/v7'].map(parsePlatform))).toThrowError(/another variant/);
  expect(() => checkTargets([{ os: 'windows', architecture: 'amd64' }])).toThrowError(/run Linux, not windows/);
  expect(() => checkTargets([{ os: 'linux', architecture: 'amd46' }])).toThrowError(/amd46/);
});
