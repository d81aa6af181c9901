import { AWS_SUFFIXES } from '../template/partitions';

/** Hosts at which code on AWS machines and in containers asks for credentials. */
export const METADATA_HOSTS: readonly string[] = ['169.254.169.254', '169.254.170.2', 'fd00:ec2::254'];

/** Service name of these hosts in errors. */
export const METADATA_SERVICE = 'instance metadata';

/** Service name of a token issuer outside AWS that the runner replaces. */
export const ISSUER_SERVICE = 'token issuer';

/** Service name of the custom domains that the app maps to its APIs. */
export const CUSTOM_DOMAIN_SERVICE = 'custom domain';

/** Parsed host name of AWS. */
export interface AwsHost {
  /** As in the host name, such as `dynamodb`, `execute-api` or `s3`. */
  readonly service: string;
  /** Part before the service, such as the id of an API or the name of a bucket; of a custom domain, its whole name. */
  readonly prefix: string;
  /** Region, if the name contains one. */
  readonly region?: string;
}

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

/** Parses a host name of AWS; undefined for any other. */
export function parseAwsHost(host: string): AwsHost | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (METADATA_HOSTS.includes(name)) return { service: METADATA_SERVICE, prefix: '' };
  // Longest suffix first: `amazonaws.com.cn` is not a subdomain `cn` of `amazonaws.com`.
  const suffix = AWS_SUFFIXES.find((each) => name.endsWith(`.${each}`));
  if (suffix === undefined) return undefined;
  const all = name.slice(0, -suffix.length - 1).split('.').filter((label) => label !== 'dualstack');
  const labels = all.filter((label) => !REGION.test(label));
  const region = all.find((label) => REGION.test(label));
  const service = (labels.pop() ?? '').replace(/-fips$/, '');
  return { service: service === 'ddb' ? 'dynamodb' : service === 'queue' ? 'sqs' : service, prefix: labels.join('.'), ...region !== undefined && { region } };
}
