import { main } from './main';

export * from '..';

if (require.main === module) void main(process.argv.slice(2)).then((code) => process.exit(code));
