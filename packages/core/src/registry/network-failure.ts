/** What went wrong on the way to a server, by what was seen. Each kind has something else to be done about it; whatever is none of them is not the network's. */

export interface NetworkFailure {
  kind: 'tls' | 'network';
  reason: string;
  /** What to do next. */
  advice: string;
}

/** As Node and OpenSSL give them; `errors` are those of each address that was tried. */
interface Seen {
  code?: unknown;
  message?: string;
  address?: string;
  port?: number;
  hostname?: string;
  errors?: readonly Seen[];
  cause?: unknown;
  /** Set by http-agents.ts: the proxy that was asked to connect. */
  proxy?: string;
}

type Kind = NetworkFailure['kind'];
type Row = [codes: RegExp, kind: Kind, reason: (seen: Seen) => string, advice: string];

const kept = 'what has arrived is kept, so trying again goes on from there';
const authority =
  'put the certificate of its authority into /etc/docker/certs.d/<registry>/ca.crt, or name it in registries.yaml';
const said = ({ message, code }: Seen) => message || String(code);
const place = (seen: Seen): string => {
  const tried = (seen.errors ?? [seen]).filter(({ address }) => address !== undefined);
  return [...new Set(tried.map(({ address, port }) => (port ? `${bracketed(address)}:${port}` : address)))].join(', ');
};
const bracketed = (address = '') => (address.includes(':') ? `[${address}]` : address);

const rows: readonly Row[] = [
  [
    /^ENOTFOUND$/,
    'network',
    ({ hostname }) => `its name${hostname ? ` ${hostname}` : ''} is not known (DNS)`,
    'check the spelling of the name, /etc/hosts and /etc/resolv.conf',
  ],
  [
    /^(EAI_|ESERVFAIL|ETIMEOUT|EREFUSED)/,
    'network',
    ({ hostname, code }) => `no name server says where ${hostname ?? 'it'} is (DNS: ${code})`,
    'check /etc/resolv.conf and the way to the name servers, or put the name into /etc/hosts',
  ],
  [
    /^ECONNREFUSED$/,
    'network',
    (seen) => `nothing listens on ${place(seen) || 'its port'} (ECONNREFUSED)`,
    'check that the registry runs, and its port',
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|EACCES|EPERM)$/,
    'network',
    (seen) => `there is no way to ${place(seen) || 'it'} (${seen.code})`,
    'check routes, VPN and firewall; behind a proxy, set HTTPS_PROXY',
  ],
  [
    /^ETIMEDOUT$/,
    'network',
    (seen) => `it does not answer: ${said(seen)}`,
    'check its address, and whether a firewall drops the packets; behind a proxy, set HTTPS_PROXY',
  ],
  [
    /^SILENT$/,
    'network',
    said,
    `it takes connections and says nothing: look at its log, and at what is between; ${kept}`,
  ],
  [
    /^(ECONNRESET|EPIPE|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE|HPE_INVALID_EOF_STATE|ERR_STREAM_DESTROYED)$/,
    'network',
    (seen) => `the connection breaks: ${said(seen)}`,
    `a firewall, a proxy or the registry itself ends it: look at their logs; ${kept}`,
  ],
  [
    /^ERR_TUNNEL$/,
    'network',
    (seen) => `no connection to it through the host: ${said(seen)}`,
    'the registry is reached through ssh: check that it runs on the host, and that sshd lets connections be forwarded',
  ],
  [
    /^HPE_/,
    'network',
    (seen) => `what answers does not speak HTTP (${said(seen)})`,
    'check the port; when it speaks TLS, leave --plain-http (plainHttp in registries.yaml) out',
  ],
  [
    /^(ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)|EPROTO)$/,
    'tls',
    () => 'it does not speak TLS on this port',
    '--plain-http (plainHttp in registries.yaml) is for a registry without TLS; otherwise check the port',
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    'tls',
    () => 'its certificate has expired',
    'have it renewed, and check the clock of this machine',
  ],
  [/^CERT_NOT_YET_VALID$/, 'tls', () => 'its certificate is not valid yet', 'check the clock of this machine'],
  [
    /^ERR_TLS_CERT_ALTNAME_(INVALID|FORMAT)$/,
    'tls',
    (seen) => `its certificate is for another name: ${said(seen)}`,
    'call it by a name of its certificate, or have the certificate made for this name as well',
  ],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_UNTRUSTED|CERT_CHAIN_TOO_LONG)/,
    'tls',
    (seen) => `its certificate is of an authority that is not trusted here (${said(seen)})`,
    authority,
  ],
  [/^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_)/, 'tls', said, authority],
];

/** Undefined for what is none of the network's: a mistake in a program, a file that is not there, the end somebody asked for. */
export function networkFailure(cause: unknown): NetworkFailure | undefined {
  const seen = (cause ?? {}) as Seen;
  const code = typeof seen.code === 'string' ? seen.code : '';
  if (seen.proxy !== undefined) {
    const behind = rows.find(([codes]) => codes.test(code));
    const reason = `the proxy ${seen.proxy} does not connect to it: ${behind ? behind[2](seen) : said(seen)}`;
    const advice =
      'check HTTPS_PROXY and HTTP_PROXY (user and password go into its address), or name the registry in NO_PROXY';
    return { kind: 'network', reason, advice };
  }
  // Errors of files have the same codes: those of sockets say what was being done.
  const { syscall } = seen as { syscall?: string };
  if (/^(EACCES|EPERM)$/.test(code) && syscall !== 'connect') return undefined;
  // OpenSSL's alerts come as EPROTO with a text.
  const openssl = /wrong version number|packet length too long|http request/i.test(said(seen));
  const row = rows.find(([codes]) => codes.test(code) && (code !== 'EPROTO' || openssl));
  if (row) return { kind: row[1], reason: row[2](seen), advice: row[3] };
  if (code === 'EPROTO') return { kind: 'tls', reason: said(seen), advice: authority };
  return undefined;
}

/** An error of a stream that somebody else opened has no code of its own. */
export function tunnelFailure(cause: unknown): Error {
  const known =
    cause instanceof Error && ((cause as { code?: unknown }).code !== undefined || cause.constructor !== Error);
  if (known) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return Object.assign(new Error(message, { cause }), { code: 'ERR_TUNNEL' });
}
