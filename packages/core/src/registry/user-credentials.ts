import type { Secret } from '../secrets/secret.js';

/** What a user presents to a registry. */
export interface Credentials {
  username: string;
  password: Secret;
  /** An OAuth2 refresh token, used in place of the password for bearer tokens. */
  identityToken?: Secret;
}
