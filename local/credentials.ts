/**
 * What functions sign with, what clients have to sign with where IAM lets them in, and backends outside when signatures are checked. They
 * are nobody's: a call that is not emulated here must never reach an account.
 */
export const CREDENTIALS = {
  accessKeyId: 'LOCALLOCALLOCALLOCAL',
  secretAccessKey: 'local',
  sessionToken: 'local',
} as const;
