import { createServer, type ServerResponse } from 'node:http';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CREDENTIALS, REGION } from '../../../harness/credentials';
import { closeServer, listenOnLoopback } from '../../../harness/loopback';
import { dynamoClient } from '../../../lambda-src/aws/dynamo-client';
import { wholeOf } from '../../../lambda-src/aws/whole-bodies';

const environment = process.env;
const answers: ((response: ServerResponse) => void)[] = [];
const server = createServer((request, response) => {
  request.resume().on('end', () => answers.shift()!(response));
});

beforeAll(async () => {
  const port = await listenOnLoopback(server);
  process.env = {
    ...environment,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
  };
});

afterAll(async () => {
  process.env = environment;
  await closeServer(server);
});

const ITEM = '{"Item":{"id":{"S":"é"}}}';
const get = (client = dynamoClient()) => client.send(new GetItemCommand({ TableName: 'table', Key: { id: { S: 'a' } } }));

test('an answer in pieces, cut within a character, is read completely', async () => {
  const bytes = Buffer.from(ITEM);
  const cut = bytes.indexOf('é') + 1;
  answers.push((response) => {
    response.write(bytes.subarray(0, cut));
    setImmediate(() => response.end(bytes.subarray(cut)));
  });
  expect((await get()).Item).toEqual({ id: { S: 'é' } });
});

test('an answer that breaks off is requested again', async () => {
  answers.push(
    (response) => {
      response.writeHead(200, { 'content-length': ITEM.length + 10 });
      response.write(ITEM, () => response.socket!.destroy());
    },
    (response) => response.end(ITEM),
  );
  expect((await get()).Item).toEqual({ id: { S: 'é' } });
  expect(answers).toEqual([]);
});

test('an error has its name and message', async () => {
  answers.push((response) => {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end('{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no such table"}');
  });
  await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: 'no such table' });
});

test('a body that was already read stays unchanged', async () => {
  expect((await wholeOf(Buffer.from('xabcx').subarray(1, 4))).toString()).toBe('abc');
});
