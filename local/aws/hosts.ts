import { AWS_SUFFIXES } from '../template/partitions';

/** Where machines and containers on AWS ask for their credentials. */
export const METADATA_HOSTS: readonly string[] = ['169.254.169.254', '169.254.170.2', 'fd00:ec2::254'];

/** What these hosts stand for. */
export const METADATA_SERVICE = 'instance metadata';

/** What a host stands for that is none of AWS, but an issuer of tokens for which the runner stands in. */
export const ISSUER_SERVICE = 'token issuer';

/** What a host name of AWS stands for. */
export interface AwsHost {
  /** As in the host name, such as `dynamodb`, `execute-api` or `s3`. */
  readonly service: string;
  /** What comes before it, such as the id of an API or the name of a bucket. */
  readonly prefix: string;
  /** If it is in the name. */
  readonly region?: string;
}

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

/** Undefined when a host name is none of AWS. */
export function parseAwsHost(host: string): AwsHost | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (METADATA_HOSTS.includes(name)) return { service: METADATA_SERVICE, prefix: '' };
  // The longest first: `amazonaws.com.cn` is no `cn` of `amazonaws.com`.
  const suffix = AWS_SUFFIXES.find((each) => name.endsWith(`.${each}`));
  if (suffix === undefined) return undefined;
  const all = name.slice(0, -suffix.length - 1).split('.').filter((label) => label !== 'dualstack');
  const labels = all.filter((label) => !REGION.test(label));
  const region = all.find((label) => REGION.test(label));
  const service = (labels.pop() ?? '').replace(/-fips$/, '');
  return { service: service === 'ddb' ? 'dynamodb' : service === 'queue' ? 'sqs' : service, prefix: labels.join('.'), ...region !== undefined && { region } };
}
