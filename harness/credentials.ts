/** Credentials with which handlers sign, and which the endpoint expects. No account has them. */
export const CREDENTIALS = {
  accessKeyId: 'ASIATESTTESTTESTTEST',
  secretAccessKey: 'a/test/secret+that/opens/nothing',
  sessionToken: 'a+test/session=token',
} as const;

export const REGION = 'eu-west-1';
