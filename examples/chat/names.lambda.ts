import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';

const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Words, with single spaces between them. */
const WORDS = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+(?: [\p{L}\p{M}\p{N}\p{P}\p{S}]+)*$/u;
/** Longest user id in characters of printable ASCII. */
const LONGEST_ID = 128;

/** Admits every client with a name, without checking it. For trying only: a client that takes somebody's name reads their direct messages. */
export async function handler({ queryStringParameters, methodArn }: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const name = queryStringParameters?.name ?? '';
  const userId = isName(name) ? encodeURIComponent(name) : '';
  const isAllowed = userId !== '' && userId.length <= LONGEST_ID;
  return {
    principalId: isAllowed ? userId : 'nobody',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: isAllowed ? 'Allow' : 'Deny', Resource: methodArn }],
    },
    context: isAllowed ? { userId, name } : {},
  };
}

/** Whether a text is a name. Invisible characters and other spellings are refused, so that no two names look the same. */
function isName(text: string): boolean {
  return WORDS.test(text) && !UNSEEN.test(text) && text === text.normalize();
}
