/*
 * Loaded into each function that MiniStack runs: what is meant for a host of AWS goes to MiniStack, by the name and the certificate of that host.
 */
const net = require('node:net');

const { connect } = net.Socket.prototype;
const port = Number(process.env.MINISTACK_WITNESS_PORT);

net.Socket.prototype.connect = function connectToMiniStack(...args) {
  // The TLS and HTTP modules hand over an array whose first item is the options.
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (/\.amazonaws\.com$/.test(options?.host ?? '')) Object.assign(options, { host: '127.0.0.1', port });
  return connect.apply(this, args);
};
