import { baseline, committed } from './baseline';

const now = baseline();

test.each(Object.keys(now).filter((file) => file.endsWith('.template.json')))('%s is what it was', (file) => {
  expect(JSON.parse(now[file])).toEqual(JSON.parse(committed(file)));
});

test('no bundle has another size', () => {
  expect(JSON.parse(now['bundles.json'])).toEqual(JSON.parse(committed('bundles.json')));
});
