import type { DefaultEnvironment } from './template/stack-scope';

/** Where the CDK takes stacks to be that do not say it themselves. */
export function defaultEnvironment(): DefaultEnvironment {
  const { CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION, AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return { account: CDK_DEFAULT_ACCOUNT ?? '000000000000', region: CDK_DEFAULT_REGION ?? AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1' };
}
