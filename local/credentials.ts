/**
 * What functions sign with, and what backends outside have to sign with when signatures are checked. They are nobody's: a call that is
 * not emulated here must never reach an account.
 */
export const CREDENTIALS = {
  accessKeyId: 'LOCALLOCALLOCALLOCAL',
  secretAccessKey: 'local',
  sessionToken: 'local',
} as const;
