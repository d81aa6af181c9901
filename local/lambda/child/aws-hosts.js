'use strict';

/*
 * Redirects every connection to an AWS host to the runner, in a function's process, its threads and its child processes. It is loaded before
 * any other code. Names of AWS are never looked up: each gets a placeholder address on this machine's loopback.
 */
const dns = require('node:dns');
const net = require('node:net');

/** Ports of HTTP; connections to other ports are not emulated. */
const HTTP_PORTS = [80, 443];

/** @type {{ port: number, suffixes: string[], hosts: string[] }} */
const { port: runnerPort, suffixes, hosts } = JSON.parse(process.env.BROADCAST_LOCAL_AWS ?? '{"suffixes":[],"hosts":[]}');

/** Placeholder addresses, by name and by address. */
const addresses = new Map();
const names = new Map();
const refused = new Set();

function isOfAws(host) {
  if (typeof host !== 'string') return false;
  const name = host.toLowerCase().replace(/\.$/, '');
  return hosts.includes(name) || suffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}

function addressOf(host) {
  const known = addresses.get(host);
  if (known) return known;
  const number = addresses.size + 1;
  const address = `127.87.${number >> 8}.${number & 255}`;
  addresses.set(host, address);
  names.set(address, host);
  return address;
}

leadConnections();
leadLookups();

function leadConnections() {
  const { connect } = net.Socket.prototype;
  /** @this {net.Socket} */
  net.Socket.prototype.connect = /** @type {any} */ (function leadConnection(...args) {
    const options = optionsOf(args);
    const host = names.get(options?.host) ?? options?.host;
    if (!options || options.path || !isOfAws(host)) return connect.apply(this, /** @type {any} */ (args));
    if (!HTTP_PORTS.includes(Number(options.port))) return refuse(this, host, options.port);
    Object.assign(options, { host: '127.0.0.1', port: runnerPort, lookup: undefined, localAddress: undefined, family: undefined });
    return connect.apply(this, /** @type {any} */ (args));
  });
}

/** Returns the options of a call of `connect` as an object that can be changed. */
function optionsOf(args) {
  // As `net.connect` and `tls.connect` pass them on.
  if (Array.isArray(args[0])) return args[0][0];
  if (typeof args[0] === 'object' && args[0] !== null) {
    args[0] = { ...args[0] };
    return args[0];
  }
  if (typeof args[0] !== 'number' && !/^\d+$/.test(String(args[0]))) return undefined;
  const host = typeof args[1] === 'string' ? args[1] : undefined;
  args.splice(0, host === undefined ? 1 : 2, { port: Number(args[0]), host });
  return args[0];
}

function refuse(socket, host, port) {
  const message = `broadcast-local: a connection to ${host}:${port} was refused: it is not emulated`;
  if (!refused.has(message)) console.error(message);
  refused.add(message);
  process.nextTick(() => socket.destroy(Object.assign(new Error(message), { code: 'ECONNREFUSED', syscall: 'connect', address: host, port })));
  return socket;
}

function leadLookups() {
  const { lookup } = dns;
  const { lookup: promised } = dns.promises;
  const answer = (host, options) => {
    const found = { address: addressOf(host), family: 4 };
    return options?.all ? [found] : found;
  };
  dns.lookup = /** @type {any} */ (Object.assign((host, options, callback) => {
    if (!isOfAws(host)) return lookup(host, options, callback);
    const done = typeof options === 'function' ? options : callback;
    const found = answer(host, typeof options === 'function' ? {} : options);
    process.nextTick(() => (Array.isArray(found) ? done(null, found) : done(null, found.address, found.family)));
    return {};
  }, lookup));
  dns.promises.lookup = /** @type {any} */ (async (host, options) => (isOfAws(host) ? answer(host, options) : promised(host, options)));
  for (const owner of [dns, dns.Resolver.prototype]) leadQueries(owner, (found, args) => process.nextTick(args[args.length - 1], ...found));
  for (const owner of [dns.promises, dns.promises.Resolver.prototype]) {
    leadQueries(owner, ([error, found]) => (error ? Promise.reject(error) : Promise.resolve(found)));
  }
}

/** Answers queries to a name server: each name has one IPv4 address and nothing else. */
function leadQueries(owner, settle) {
  for (const name of ['resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCname', 'resolveTxt', 'resolveSrv']) {
    const query = owner[name];
    owner[name] = function leadQuery(host, ...args) {
      if (!isOfAws(host)) return query.call(this, host, ...args);
      const isAddress = name === 'resolve4' || (name === 'resolve' && ![args[0]].some((type) => typeof type === 'string' && type !== 'A'));
      if (isAddress) return settle([null, [addressOf(host)]], args);
      return settle([Object.assign(new Error(`query ${name} ENODATA ${host}`), { code: 'ENODATA', hostname: host })], args);
    };
  }
}
