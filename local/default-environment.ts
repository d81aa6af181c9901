import type { DefaultEnvironment } from './template/stack-scope';

/** Returns the account and region that the CDK uses for stacks without their own. */
export function defaultEnvironment(): DefaultEnvironment {
  const { CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION, AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return { account: CDK_DEFAULT_ACCOUNT ?? '000000000000', region: CDK_DEFAULT_REGION ?? AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1' };
}
