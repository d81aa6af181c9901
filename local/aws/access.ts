import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority } from './certificates';
import { Door, type Caller, type Service } from './door';
import { METADATA_HOSTS } from './hosts';
import type { Log } from '../log';
import { AWS_SUFFIXES } from '../template/partitions';

/** How the processes of one function get to the runner when they call AWS. */
export interface AwsAccess {
  /** What they need in their environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly close: () => void;
}

export interface Function extends Caller {
  /** A file with certificates that the function trusts, besides. */
  readonly certificates?: string;
}

export type OpenAws = (caller: Function) => Promise<AwsAccess>;

export interface AwsOptions {
  /** By their names in host names. */
  readonly services: ReadonlyMap<string, Service>;
  /** Hosts of issuers of tokens that the runner stands in for. */
  readonly issuerHosts?: readonly string[];
  /** The emulator that has all services that are not emulated here. */
  readonly endpoint?: URL;
  /** A directory for the certificates. */
  readonly scratch: string;
  readonly log: Log;
}

/** Opens a way for each function that leads all hosts of AWS to the runner. */
export function createAws({ services, issuerHosts = [], endpoint, scratch, log }: AwsOptions): OpenAws {
  let authority: CertificateAuthority | undefined;
  const hosts = [...METADATA_HOSTS, ...issuerHosts];
  let count = 0;
  return async ({ path, certificates }) => {
    authority ??= new CertificateAuthority();
    count++;
    const file = join(scratch, `certificates-${count}.pem`);
    const more = certificates !== undefined && existsSync(certificates) ? readFileSync(certificates, 'utf8') : '';
    writeFileSync(file, authority.certificate + more);
    const door = await Door.open({ path }, { authority, services, issuerHosts, endpoint, log });
    return {
      variables: {
        NODE_EXTRA_CA_CERTS: file,
        BROADCAST_LOCAL_AWS: JSON.stringify({ port: door.port, suffixes: AWS_SUFFIXES, hosts, certificates: file }),
      },
      close: () => door.close(),
    };
  };
}
