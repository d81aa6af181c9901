/** A part of AWS with its own regions, accounts and domain names. */
export interface Partition {
  readonly name: string;
  /** Prefixes of its region names. */
  readonly regions: readonly string[];
  /** Suffix of its service hosts, as `AWS::URLSuffix` returns it. */
  readonly urlSuffix: string;
  /** Suffix of hosts that also have an IPv6 address. */
  readonly dualStackSuffix: string;
}

const STANDARD: Partition = { name: 'aws', regions: [], urlSuffix: 'amazonaws.com', dualStackSuffix: 'api.aws' };

const PARTITIONS: readonly Partition[] = [
  { name: 'aws-cn', regions: ['cn-'], urlSuffix: 'amazonaws.com.cn', dualStackSuffix: 'api.amazonwebservices.com.cn' },
  { name: 'aws-us-gov', regions: ['us-gov-'], urlSuffix: 'amazonaws.com', dualStackSuffix: 'api.aws' },
  { name: 'aws-eusc', regions: ['eusc-'], urlSuffix: 'amazonaws.eu', dualStackSuffix: 'api.amazonwebservices.eu' },
  { name: 'aws-iso', regions: ['us-iso-'], urlSuffix: 'c2s.ic.gov', dualStackSuffix: 'api.aws.ic.gov' },
  { name: 'aws-iso-b', regions: ['us-isob-'], urlSuffix: 'sc2s.sgov.gov', dualStackSuffix: 'api.aws.scloud' },
  { name: 'aws-iso-e', regions: ['eu-isoe-'], urlSuffix: 'cloud.adc-e.uk', dualStackSuffix: 'api.cloud-aws.adc-e.uk' },
  { name: 'aws-iso-f', regions: ['us-isof-'], urlSuffix: 'csp.hci.ic.gov', dualStackSuffix: 'api.aws.hci.ic.gov' },
  STANDARD,
];

/** Returns the partition of a region. */
export function partitionOf(region: string): Partition {
  return PARTITIONS.find(({ regions }) => regions.some((prefix) => region.startsWith(prefix))) ?? STANDARD;
}

/** Suffixes of AWS hosts in all partitions, including function URLs and machine metadata. */
export const AWS_SUFFIXES: readonly string[] = [
  ...new Set(PARTITIONS.flatMap(({ urlSuffix, dualStackSuffix }) => [urlSuffix, dualStackSuffix])), 'on.aws',
];
