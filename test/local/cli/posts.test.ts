import { setTimeout as sleep } from 'node:timers/promises';
import { FoldedPosts } from '../../../local/cli/posts';

let lines: string[];
let posts: FoldedPosts;

beforeEach(() => {
  lines = [];
  posts = new FoldedPosts((line) => lines.push(line.slice(line.indexOf(' ') + 1)));
});

afterEach(() => posts.flush());

const add = (connectionId: string, detail = '200 5 bytes') => posts.add({ source: 'Chat/Api', event: 'post', connectionId, detail });

test('posts of one message share a line; a single post names its connection', () => {
  for (const id of ['a', 'b', 'c']) add(id);
  add('d', '410 GoneException');
  expect(lines).toEqual([]);
  posts.flush();
  expect(lines).toEqual(['Chat/Api post 3 connections 200 5 bytes', 'Chat/Api post d 410 GoneException']);
});

test('a text that a connection gets twice counts as two messages', () => {
  for (const id of ['a', 'b', 'a', 'b']) add(id);
  posts.flush();
  expect(lines).toEqual(Array(2).fill('Chat/Api post 2 connections 200 5 bytes'));
});

test('a line is printed soon, even if more posts may follow', async () => {
  add('a');
  await sleep(150);
  expect(lines).toEqual(['Chat/Api post a 200 5 bytes']);
});
