// Recorded requests as a capture file: one connection each, with handshake, the request as it came, a 204, and both ends.
const server = {address: [127, 0, 0, 1], port: 80};

const sum = (bytes, from = 0) => {
  let total = from;
  for (let i = 0; i < bytes.length; i += 2) total += bytes[i] * 256 + (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
};

const FIN = 1, SYN = 2, PSH = 8, ACK = 16;

function frame(from, to, flags, payload) {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(from.next, 4);
  tcp.writeUInt32BE(flags & ACK ? to.next : 0, 8);
  tcp.writeUInt16BE(0x5000 | flags, 12);
  tcp.writeUInt16BE(65535, 14);
  const pseudo = Buffer.from([...from.address, ...to.address, 0, 6, 0, 0]);
  pseudo.writeUInt16BE(20 + payload.length, 10);
  tcp.writeUInt16BE(0xffff ^ sum(Buffer.concat([tcp, payload]), sum(pseudo)), 16);
  const ip = Buffer.from([0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, ...from.address, ...to.address]);
  ip.writeUInt16BE(40 + payload.length, 2);
  ip.writeUInt16BE(0xffff ^ sum(ip), 10);
  from.next += payload.length + (flags & (SYN | FIN) ? 1 : 0);
  return Buffer.concat([Buffer.from('020000000001020000000002' + '0800', 'hex'), ip, tcp, payload]);
}

function* conversation({method, target, raw, body}, port) {
  const client = {address: [127, 0, 0, 2], port, next: 1000};
  const site = {...server, next: 5000};
  const nothing = Buffer.alloc(0);
  yield frame(client, site, SYN, nothing);
  yield frame(site, client, SYN | ACK, nothing);
  const lines = raw.reduce((all, text, i) => all + (i % 2 ? `${text}\r\n` : `${text}: `), '');
  const request = Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1'), body]);
  for (let at = 0; at < request.length; at += 1400) yield frame(client, site, ACK | PSH, request.subarray(at, at + 1400));
  yield frame(site, client, ACK | PSH, Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'));
  yield frame(client, site, ACK | FIN, nothing);
  yield frame(site, client, ACK | FIN, nothing);
  yield frame(client, site, ACK, nothing);
}

export function capture(requests) {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65535, 16);
  head.writeUInt32LE(1, 20);
  const parts = [head];
  let time = 0;
  requests.forEach((request, i) => {
    for (const bytes of conversation(request, 20000 + i)) {
      const record = Buffer.alloc(16);
      time += 1000;
      record.writeUInt32LE(1_700_000_000 + Math.floor(time / 1e6), 0);
      record.writeUInt32LE(time % 1e6, 4);
      record.writeUInt32LE(bytes.length, 8);
      record.writeUInt32LE(bytes.length, 12);
      parts.push(record, bytes);
    }
  });
  return Buffer.concat(parts);
}
