import type { IncomingMessage } from 'node:http';
import { customDomainService } from './custom-domain-service';
import type { Service } from './door';
import { eventsService } from './events-service';
import type { FrontEnd } from './front-end';
import { CUSTOM_DOMAIN_SERVICE, ISSUER_SERVICE } from './hosts';
import { issuerService } from './issuer-service';
import { lambdaService } from './lambda-service';
import { isForm } from './refusal';
import { parameterService, secretService } from './stored-service';
import { topicService } from './topic-service';
import type { EventBuses } from '../events/event-buses';
import type { Functions } from '../lambda/functions';
import type { CustomDomainModel } from '../model/custom-domains';
import type { Queues } from '../queues/queues';
import type { Database } from '../tables/database';
import type { StoredValues } from '../template/stored-values';
import type { Issuers } from '../tokens/issuers';
import type { Topics } from '../topics/topics';

export interface Served {
  readonly database: Database;
  readonly queues: Queues;
  readonly functions: Functions;
  readonly buses: EventBuses;
  readonly topics: Topics;
  /** Finds an API by its id. */
  readonly findApi: (apiId: string) => FrontEnd | undefined;
  readonly issuers: Issuers;
  readonly stored: () => StoredValues;
  readonly customDomains: () => readonly CustomDomainModel[];
}

/** Returns the emulated AWS services, by their names in host names. */
export function servicesOf({ database, queues, functions, buses, topics, findApi, issuers, stored, customDomains }: Served): Map<string, Service> {
  return new Map<string, Service>([
    ['lambda', lambdaService(functions)],
    ['events', eventsService(buses)],
    ['sns', topicService(topics)],
    ['ssm', parameterService(stored)],
    ['secretsmanager', secretService(stored)],
    ['cognito-idp', issuerService(issuers)],
    [ISSUER_SERVICE, issuerService(issuers)],
    [CUSTOM_DOMAIN_SERVICE, customDomainService(findApi, customDomains)],
    ['dynamodb', {
      serve({ prefix }, request, response) {
        // The service's own host, or the one of an account; streams have another.
        if (!/^\d*$/.test(prefix) || !isOfTables(request)) return false;
        database.serve(request, response);
        return true;
      },
    }],
    ['sqs', {
      serve(_host, request, response) {
        // The query protocol of old SDKs.
        if (isForm(request.headers['content-type'])) return false;
        void queues.serve(request, response);
        return true;
      },
    }],
    ['execute-api', {
      serve({ prefix }, request, response) {
        const api = findApi(prefix);
        api?.serve(request, response);
        return api !== undefined;
      },
      upgrade({ prefix }, request, socket, head) {
        const api = findApi(prefix);
        api?.accept?.(request, socket, head);
        return api?.accept !== undefined;
      },
    }],
  ]);
}

/** Operations of tables that are emulated: those of dynalite and ours. */
const OF_TABLES = /^(BatchExecuteStatement|BatchGetItem|BatchWriteItem|(Create|Delete|Describe|Update)Table|(Describe|Update)TimeToLive|(Delete|Get|Put|Update)Item|ExecuteStatement|ListTables|ListTagsOfResource|Query|Scan|(T|Unt)agResource|Transact(Get|Write)Items)$/;

/** Whether the embedded database answers, also what is no operation at all. */
function isOfTables({ headers }: IncomingMessage): boolean {
  const [, operation] = /^DynamoDB_\d+\.(\w+)$/.exec(String(headers['x-amz-target'])) ?? [];
  return operation === undefined || OF_TABLES.test(operation);
}
