import type { Service } from './door';
import { parameterService, secretService } from './stored-service';
import type { Gateways } from '../gateway/gateways';
import type { Queues } from '../queues/queues';
import type { Database } from '../tables/database';
import type { StoredValues } from '../template/stored-values';

export interface Served {
  readonly database: Database;
  readonly queues: Queues;
  readonly gateways: Gateways;
  readonly stored: () => StoredValues;
}

/** The services of AWS that are emulated, by their names in host names. */
export function servicesOf({ database, queues, gateways, stored }: Served): Map<string, Service> {
  return new Map<string, Service>([
    ['ssm', parameterService(stored)],
    ['secretsmanager', secretService(stored)],
    ['dynamodb', {
      serve({ prefix }, request, response) {
        // Its own host, or that of an account; streams have another.
        if (!/^\d*$/.test(prefix)) return false;
        database.serve(request, response);
        return true;
      },
    }],
    ['sqs', {
      serve(_host, request, response) {
        void queues.serve(request, response);
        return true;
      },
    }],
    ['execute-api', {
      serve({ prefix }, request, response) {
        const gateway = gateways.find(prefix);
        gateway?.serve(request, response);
        return gateway !== undefined;
      },
      upgrade({ prefix }, request, socket, head) {
        const gateway = gateways.find(prefix);
        gateway?.accept(request, socket, head);
        return gateway !== undefined;
      },
    }],
  ]);
}
