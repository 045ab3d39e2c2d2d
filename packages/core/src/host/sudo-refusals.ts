/** What sudo says when it does not make somebody root, in the C locale: sudo 1.8 and 1.9, sudo-rs, and shells without it. */

export interface Refusal {
  kind: 'password-wanted' | 'other';
  reason: string;
  hint: string;
}

const rows: readonly { says: RegExp; kind?: 'password-wanted'; reason: string; hint: string }[] = [
  {
    says: /must have a tty/i,
    reason: 'sudo wants a terminal (requiretty)',
    hint: 'put `Defaults:USER !requiretty` into /etc/sudoers on the host, or log in as root',
  },
  {
    says: /incorrect (password|authentication) attempt|sorry, try again|no password was provided|maximum \d+ incorrect|authentication failed/i,
    reason: 'the password is wrong',
    hint: 'give the right password of the login user (--passwd-stdin)',
  },
  {
    says: /expired|account validation failure/i,
    reason: 'its account or password has expired',
    hint: 'renew it on the host (passwd, chage), then run again',
  },
  {
    says: /not in the sudoers file|not allowed to (run|execute)|may not run sudo/i,
    reason: 'sudo does not allow it (it is not in sudoers, or not for all commands)',
    hint: 'allow the user all commands in /etc/sudoers.d, with or without a password, or log in as root',
  },
  {
    says: /parse error|syntax error|no valid sudoers sources|unable to open \/etc\/sudoers/i,
    reason: 'sudo cannot read its settings',
    hint: 'put /etc/sudoers right on the host (visudo -c), or log in as root',
  },
  {
    says: /effective uid is not 0|must be owned by uid 0|no new privileges|setuid/i,
    reason: 'sudo itself does not run as root there',
    hint: 'reinstall sudo on the host, or look whether its file system is mounted nosuid; or log in as root',
  },
  {
    says: /password is required|terminal is required|authentication (is )?required|interactive authentication/i,
    kind: 'password-wanted',
    reason: 'sudo asks for a password, and none was given',
    hint: 'give the password of the login user (--passwd-stdin), or allow it sudo without one',
  },
  {
    says: /sudo.*(not found|no such file)|(unknown command|command not found|not found).*sudo/i,
    reason: 'there is no sudo on the host',
    hint: 'install sudo, or log in as root',
  },
];

/** @param said what came on standard error; @param status of the command */
export function refusalOf(said: string, status: number | undefined): Refusal {
  const row = rows.find(({ says }) => says.test(said)) ?? (status === 127 ? rows.at(-1) : undefined);
  if (row) return { kind: row.kind ?? 'other', reason: row.reason, hint: row.hint };
  // Nothing we know: what it said, and no guess.
  const last = said.trim().split('\n').at(-1);
  return {
    kind: 'other',
    reason: last ? `sudo said: ${last}` : `sudo ended with status ${status ?? 'unknown'} and said nothing`,
    hint: 'log in as this user, try `sudo -v`, and allow it sudo; or log in as root',
  };
}
