// Reads requests with Node's HTTP parser in strict mode and says what it found in each.
//
//   node node_reader.js REQUESTS VERDICTS
//
// REQUESTS: for each connection, its number of bytes (32 bits, little-endian) and the bytes. VERDICTS, for each: a line
// "request METHOD TARGET BODY whole|cut" for each request (hexadecimal, a point before each), then "end ERROR" or "end -".
'use strict';
const fs = require('fs');
const http = require('http');
const { Duplex } = require('stream');

class Connection extends Duplex {
  constructor(bytes) {
    super({ allowHalfOpen: true, autoDestroy: true });
    this.bytes = bytes;
    this.verdict = { requests: [], error: null };
  }
  _read() {
    if (this.bytes === null) return;
    this.push(this.bytes);
    this.push(null);
    this.bytes = null;
  }
  // Some refusals Node writes itself, without an event: no Host.
  _write(chunk, encoding, done) {
    if (this.verdict.error === null && chunk.toString('latin1').startsWith('HTTP/1.1 400')) this.verdict.error = 'NODE_400';
    done();
  }
  setTimeout() { return this; }
  setNoDelay() { return this; }
  setKeepAlive() { return this; }
}

// The answer waits for the request's end, as a server's does.
function onRequest(request, response) {
  const found = { method: request.method, target: request.url, body: '', whole: false };
  request.socket.verdict.requests.push(found);
  request.setEncoding('latin1');
  request.on('data', (text) => { found.body += text; });
  request.on('end', () => {
    found.whole = request.complete;
    response.end();
  });
  request.on('error', () => {});
  response.on('error', () => {});
}

const options = { insecureHTTPParser: false, maxHeaderSize: 32 * 1024, keepAliveTimeout: 0, requestTimeout: 0,
                  headersTimeout: 0, connectionsCheckingInterval: 1 << 30 };
const server = http.createServer(options, onRequest);
server.maxHeadersCount = 0;
server.on('checkContinue', onRequest);
server.on('checkExpectation', onRequest);
server.on('clientError', (error, socket) => {
  if (socket.verdict.error === null) socket.verdict.error = error.code || String(error);
  socket.destroy();
});
// Not upgraded: the request is one like the others. CONNECT has a tunnel behind it, which nobody reads.
server.on('connect', (request, socket) => {
  socket.verdict.requests.push({ method: request.method, target: request.url, body: '', whole: true });
  socket.destroy();
});

function read(bytes) {
  return new Promise((resolve) => {
    const connection = new Connection(bytes);
    connection.on('error', () => {});
    connection.on('close', () => resolve(connection.verdict));
    server.emit('connection', connection);
  });
}

function hex(text) { return '.' + Buffer.from(text, 'latin1').toString('hex'); }

function lineOf(verdict) {
  const lines = verdict.requests.map((r) =>
    `request ${hex(r.method)} ${hex(r.target)} ${hex(r.body)} ${r.whole ? 'whole' : 'cut'}`);
  return lines.concat(`end ${verdict.error === null ? '-' : verdict.error}`).join('\n');
}

async function main(from, to) {
  const all = fs.readFileSync(from);
  const out = [];
  let at = 0;
  while (at < all.length) {
    const some = [];
    for (; at < all.length && some.length < 64;) {
      const bytes = all.readUInt32LE(at);
      some.push(read(all.subarray(at + 4, at + 4 + bytes)));
      at += 4 + bytes;
    }
    for (const verdict of await Promise.all(some)) out.push(lineOf(verdict));
  }
  fs.writeFileSync(to, out.join('\n') + '\n');
}

main(process.argv[2], process.argv[3]).then(() => process.exit(0));
