// Floods, as a process of its own: what it does to the daemon is not to slow down the good clients of the
// test, which are measured.  It is told { wave, n } by message, answers { done } when everything was sent,
// and drops all its connections when told so.  It gives up root, so that it is another user on the socket.
import { readFileSync } from 'node:fs';
import { way } from './raw.mjs';

const { ways: described, ca: caFile, token, maxBody, maxConnections } = JSON.parse(process.argv[2]);
const ca = readFileSync(caFile);
const [local, address, pages] = described.map((w) => way(w.name, w.where, { page: w.page, ca: w.tls ? ca : undefined }));
const raw = way('address without its TLS', address.where);
if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }

const open = new Set();
const many = (n, text) => text.repeat(n);
const H = 'Host: a\r\n';
const POST = `POST /v1/roster HTTP/1.1\r\n${H}Authorization: Bearer lsd_junk\r\nContent-Type: application/json\r\n`;
const FOLLOW = `GET /v1/records/stream?after=0 HTTP/1.1\r\n${H}Authorization: Bearer ${token}\r\n\r\n`;
let counts = {};

/** n connections, 50 at once; those that are refused or cut off are no matter. */
async function flood(n, to, use) {
  const one = async () => {
    while (n-- > 0) {
      const socket = await to.dial().catch(() => null);
      counts[socket ? 'opened' : 'refused'] = (counts[socket ? 'opened' : 'refused'] ?? 0) + 1;
      if (!socket) continue;
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.resume();
      await use?.(socket);
    }
  };
  await Promise.all(Array.from({ length: 50 }, one));
}
const everywhere = (ways, use) => Promise.all(ways.map(use));
const written = (socket, text) => new Promise((done) => { socket.write(text, done); socket.on('close', done); });
const dribble = (socket, head) => {
  socket.write(head);
  const timer = setInterval(() => socket.write('a'), 200);
  socket.on('close', () => clearInterval(timer));
};
/** Single bytes as fast as they go. */
const drip = (socket) => new Promise((done) => {
  let left = 20_000;
  socket.setNoDelay?.(true);
  socket.write(`${POST}Content-Length: ${maxBody}\r\n\r\n`);
  socket.on('close', done);
  const next = () => {
    for (let i = 0; i < 50 && left > 0; i++, left--) socket.write('x');
    if (left > 0 && !socket.destroyed) setImmediate(next);
    else done();
  };
  next();
});

const crowd = 4 * maxConnections;
const waves = {
  'idle connections': () => everywhere([local, pages, address], (to) => flood(crowd, to)),
  'handshakes that are begun': () => flood(crowd, raw, (s) => written(s, Buffer.from('\x16\x03\x01\x02\x00\x01\x00', 'latin1'))),
  'connections that are dropped at once': () => everywhere([local, pages, raw], (to) => flood(2 * crowd, to, (s) => { (to === local ? s.destroy : s.resetAndDestroy ?? s.destroy).call(s); })),
  'headers and bodies a byte at a time': () => everywhere([local, pages, address], async (to) => {
    await flood(maxConnections, to, (s) => dribble(s, `GET / HTTP/1.1\r\n${H}X: `));
    await flood(maxConnections, to, (s) => dribble(s, `${POST}Content-Length: 10000\r\n\r\n`));
  }),
  'large bodies, most of which never end': () => everywhere([local, address], async (to) => {
    const part = 'x'.repeat(maxBody - 1000);
    await flood(30, to, (s) => { s.write(`${POST}Content-Length: ${maxBody}\r\n\r\n${part}`); });
    await flood(10, to, (s) => { s.write(`${POST}Content-Length: ${part.length}\r\n\r\n${part}`); });
  }),
  'bodies in single bytes as fast as they go': () => everywhere([local, pages], (to) => flood(20, to, drip)),
  'many headers and trailers': () => everywhere([local, pages, address], async (to) => {
    await flood(maxConnections, to, (s) => { s.write(`GET /healthz HTTP/1.1\r\n${H}${many(5000, 'a:\n')}`); });
    await flood(maxConnections / 5, to, (s) => { s.write(`${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n${many(5000, 'a:\n')}`); });
  }),
  'large answers that nobody reads': () => everywhere([local, address], (to) => flood(maxConnections / 2, to, (s) => {
    s.pause();
    s.write(many(20, `GET /openapi.json HTTP/1.1\r\n${H}\r\n`));
  })),
  'followers that never read, and some that flood': () => everywhere([address], async (to) => {
    await flood(20, to, (s) => { s.pause(); s.write(FOLLOW); });
    await flood(5, to, (s) => { s.write(FOLLOW + 'x'.repeat(4_000_000)); });
  }),
};

process.on('message', async ({ wave, drop }) => {
  if (drop) {
    for (const s of open) s.destroy();
    process.send({ dropped: true });
    return;
  }
  counts = {};
  await waves[wave]();
  process.send({ done: true, counts, open: open.size });
});
process.send({ waves: Object.keys(waves) });
