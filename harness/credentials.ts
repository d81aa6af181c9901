/** What the handlers sign with and the endpoint checks against; no account has them. */
export const CREDENTIALS = {
  accessKeyId: 'ASIATESTTESTTESTTEST',
  secretAccessKey: 'a/test/secret+that/opens/nothing',
  sessionToken: 'a+test/session=token',
} as const;

export const REGION = 'eu-west-1';
