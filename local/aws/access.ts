import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority } from './certificates';
import { Door, type Caller, type Service } from './door';
import { METADATA_HOSTS } from './hosts';
import type { Log } from '../log';
import { AWS_SUFFIXES } from '../template/partitions';

/** Connection of a function's processes to the runner for their AWS calls. */
export interface AwsAccess {
  /** Environment variables that they need. */
  readonly variables: Readonly<Record<string, string>>;
  readonly close: () => void;
}

export interface Function extends Caller {
  /** File with certificates that the function trusts in addition. */
  readonly certificates?: string;
}

export type OpenAws = (caller: Function) => Promise<AwsAccess>;

export interface AwsOptions {
  /** Services by their names in host names. */
  readonly services: ReadonlyMap<string, Service>;
  /** Hosts of token issuers that the runner replaces. */
  readonly issuerHosts?: readonly string[];
  /** Returns the custom domains of the app's APIs. */
  readonly customDomains?: () => readonly string[];
  /** Emulator for all services that are not emulated here. */
  readonly endpoint?: URL;
  /** Directory for the certificates. */
  readonly scratch: string;
  readonly log: Log;
}

/** Opens an endpoint for each function; all AWS hosts lead to it. */
export function createAws({ services, issuerHosts = [], customDomains = () => [], endpoint, scratch, log }: AwsOptions): OpenAws {
  let authority: CertificateAuthority | undefined;
  let count = 0;
  return async ({ path, certificates }) => {
    authority ??= new CertificateAuthority();
    count++;
    const file = join(scratch, `certificates-${count}.pem`);
    const more = certificates !== undefined && existsSync(certificates) ? readFileSync(certificates, 'utf8') : '';
    writeFileSync(file, authority.certificate + more);
    const door = await Door.open({ path }, { authority, services, issuerHosts, customDomains, endpoint, log });
    const hosts = [...METADATA_HOSTS, ...issuerHosts, ...customDomains()];
    return {
      variables: {
        NODE_EXTRA_CA_CERTS: file,
        BROADCAST_LOCAL_AWS: JSON.stringify({ port: door.port, suffixes: AWS_SUFFIXES, hosts, certificates: file }),
      },
      close: () => door.close(),
    };
  };
}
