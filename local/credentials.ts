/**
 * Credentials of functions, of clients of routes with IAM, and of outside backends when signatures are checked. They belong to no account:
 * a call that is not emulated here must never reach one.
 */
export const CREDENTIALS = {
  accessKeyId: 'LOCALLOCALLOCALLOCAL',
  secretAccessKey: 'local',
  sessionToken: 'local',
} as const;
