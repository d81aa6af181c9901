import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Construct } from 'constructs';

/** The stage of a WebSocket API, in the account and the region of a scope. */
export interface StageOfApi {
  readonly apiId: string;
  readonly stageName: string;
}

/** Grants the use of @connections on one stage: by one method, or by all with `*`. */
export function grantConnections(scope: Construct, grantee: IGrantable, { apiId, stageName }: StageOfApi, method: 'POST' | 'DELETE' | '*'): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['execute-api:ManageConnections'],
    resourceArns: [Stack.of(scope).formatArn({
      service: 'execute-api', resource: apiId, resourceName: `${stageName}/${method}/@connections/*`,
    })],
  });
}
