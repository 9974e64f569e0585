// Hostile clients of the API and of the public pages: what is no HTTP, what two readers would read
// differently, what never ends, and far too many at once; while good clients have to be served.
//   LIAISOND_HOSTILE=100000 LIAISOND_HOSTILE_SEED=7  for more requests made by chance, and for other ones
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './harness/api.mjs';
import { daemon, importRoster } from './harness/daemon.mjs';
import { answers, exchange, said, way } from './harness/raw.mjs';
import { broadcast, mailboxes } from './harness/roster.mjs';
import { freePort, poll, root, scene, within } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';
import { authority } from './harness/tls.mjs';

const REQUESTS = Number(process.env.LIAISOND_HOSTILE ?? 2400);
const SEED = Number(process.env.LIAISOND_HOSTILE_SEED ?? 1);
const MAX_CONNECTIONS = 100;
const MAX_BODY = 4 * 1024 * 1024;
const SLOWEST_MS = 5000; // sanitizers, and a machine that does other things
const MEMORY_MIB = 200;  // 4 bodies, 3 times 100 connections, and what sanitizers add; without a limit it is 270
// The sanitizers keep what was freed, and pad the rest: with them memory says little unless that is kept small.
process.env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=8:malloc_context_size=5`;

/** A daemon with all its ways in: its socket, its address and its pages, of these one with TLS. */
async function besieged(it, { tls, api = {}, ...extra } = {}) {
  const own = await authority(it);
  const [port, pagesPort] = [await freePort(), await freePort()];
  const pair = { tls_certificate_file: own.cert, tls_key_file: own.key };
  const d = await daemon(it, {
    log_level: 'info',
    api: { address: `127.0.0.1:${port}`, max_connections: MAX_CONNECTIONS, max_body_bytes: MAX_BODY,
      header_timeout_s: 2, body_timeout_s: 2, idle_timeout_s: 20, ...(tls === 'api' ? pair : {}), ...api },
    acknowledge: { base_url: `https://localhost:${pagesPort}`, address: `127.0.0.1:${pagesPort}`, ...(tls === 'pages' ? pair : {}) },
    ...extra,
  });
  const ca = readFileSync(own.ca);
  const at = (p) => ({ host: '127.0.0.1', port: p });
  const ways = [
    way('socket', { path: d.groups.api.socket }),
    way(tls === 'api' ? 'address with TLS' : 'address', at(port), tls === 'api' ? { ca } : {}),
    way(tls === 'pages' ? 'pages with TLS' : 'pages', at(pagesPort), { page: true, ...(tls === 'pages' ? { ca } : {}) }),
  ];
  return { d, ways, own, ca, port };
}

/* --- one request at a time --- */

const GET = 'GET /healthz HTTP/1.1\r\n';
const H = 'Host: a\r\n';
const LAST = `GET /last HTTP/1.1\r\n${H}Connection: close\r\n\r\n`;
const post = (fields, body) => `POST /v1/preview HTTP/1.1\r\n${H}Content-Type: application/json\r\n${fields}\r\n${body}`;
const many = (n, text) => Array.from({ length: n }, (_, i) => text(i)).join('');

// Each could be read in two ways, or in none: it is refused or cut off, and nothing behind it is answered.
const ambiguous = {
  'Content-Length twice': post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'),
  'two lengths': post('Content-Length: 2\r\nContent-Length: 60\r\n', '{}'),
  'a list of lengths': post('Content-Length: 2, 2\r\n', '{}'),
  'a signed length': post('Content-Length: +2\r\n', '{}'),
  'a negative length': post('Content-Length: -2\r\n', '{}'),
  'a length in hex': post('Content-Length: 0x2\r\n', '{}'),
  'a length with an exponent': post('Content-Length: 1e1\r\n', '{}'),
  'a length beyond all numbers': post('Content-Length: 99999999999999999999\r\n', '{}'),
  'a length that is none': post('Content-Length: \r\n', '{}'),
  'length and chunks': post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nG'),
  'chunks and length': post('Transfer-Encoding: chunked\r\nContent-Length: 6\r\n', '0\r\n\r\nG'),
  'chunks twice': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  'a list of encodings': post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
  'an encoding that is nearly chunked': post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
  'identity': post('Transfer-Encoding: identity\r\n', '{}'),
  'an encoding with a tab': post('Transfer-Encoding:\tchunked\x0b\r\n', '0\r\n\r\n'),
  'a blank before the colon': post('Content-Length : 2\r\n', '{}'),
  'a name that is empty': `${GET}${H}: x\r\n\r\n`,
  'a name with a blank': `${GET}${H}a b: x\r\n\r\n`,
  'no colon': `${GET}${H}nonsense\r\n\r\n`,
  'no host': `${GET}\r\n`,
  'two hosts': `${GET}${H}${H}\r\n`,
  'NUL in a value': `${GET}${H}X: a\0b\r\n\r\n`,
  'NUL in a name': `${GET}${H}X\0: a\r\n\r\n`,
  'NUL in the target': `GET /heal\0thz HTTP/1.1\r\n${H}\r\n`,
  'a bare CR in a value': `${GET}${H}X: a\rContent-Length: 5\r\n\r\n`,
  'a folded length': post('Content-Length:\r\n 2\r\n', '{}'),
  'no version': 'GET /healthz\r\n\r\n',
  'another version': `GET /healthz HTTP/2.0\r\n${H}\r\n`,
  'a version that is none': `GET /healthz HTTP/x.y\r\n${H}\r\n`,
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'an empty target': `GET  HTTP/1.1\r\n${H}\r\n`,
  'a body where there is none': `GET /healthz HTTP/1.1\r\n${H}Content-Length: 50\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`,
  'chunks where there are none': `DELETE /v1/tokens/x HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a tunnel': `CONNECT example.com:443 HTTP/1.1\r\n${H}\r\n`,
  'a chunk size that is none': post('Transfer-Encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n'),
  'a negative chunk': post('Transfer-Encoding: chunked\r\n', '-2\r\n{}\r\n0\r\n\r\n'),
  'a chunk beyond all numbers': post('Transfer-Encoding: chunked\r\n', 'ffffffffffffffff\r\n{}\r\n0\r\n\r\n'),
  'a chunk beyond the largest body': post('Transfer-Encoding: chunked\r\n', `${(MAX_BODY + 1).toString(16)}\r\n{}\r\n`),
  'a body beyond the largest': post(`Content-Length: ${MAX_BODY + 1}\r\n`, '{}'),
  'a header beyond the largest': `${GET}${H}X: ${'a'.repeat(70_000)}\r\n\r\n`,
  'a target beyond the largest': `GET /${'a'.repeat(70_000)} HTTP/1.1\r\n${H}\r\n`,
  'headers without end': `${GET}${H}${many(2000, () => 'a:b\r\n')}`,
  'headers on half a line each': `${GET}${H}${many(2000, () => 'a:\n')}`,
  'trailers without end': post('Transfer-Encoding: chunked\r\n', `2\r\n{}\r\n0\r\n${many(8000, () => 'a:b\r\n')}`),
  'a chunk size without end': post('Transfer-Encoding: chunked\r\n', '0'.repeat(200_000)),
  'an expectation that nobody can meet': post('Content-Length: 2\r\nExpect: miracles\r\n', '{}'),
};

// These can be read in one way only, and are answered by what they deserve; the connection goes on.
const odd = {
  'slashes in slashes': ['GET //healthz HTTP/1.1', 404],
  'up and up': ['GET /../../etc/passwd HTTP/1.1', 404],
  'up, encoded': ['GET /%2e%2e/%2e%2e/healthz HTTP/1.1', 404],
  'a slash, encoded': ['GET /v1%2fbroadcasts HTTP/1.1', 404],
  'a slash in a parameter': ['GET /v1/broadcasts/..%2f..%2ftokens HTTP/1.1', 404],
  'NUL, encoded': ['GET /v1/broadcasts/a%00b HTTP/1.1', 400],
  'what is no text': ['GET /v1/broadcasts/%ff%fe HTTP/1.1', 400],
  'an overlong encoding': ['GET /v1/broadcasts/%c0%af HTTP/1.1', 400],
  'a broken percent': ['GET /v1/broadcasts/%zz HTTP/1.1', 400],
  'bytes beyond ASCII': ['GET /v1/broadcasts/\xc3\xa9 HTTP/1.1', 404],
  'a parameter twice': ['GET /v1/broadcasts?limit=1&limit=2 HTTP/1.1', 400],
  'parameters without end': [`GET /v1/broadcasts?${many(500, (i) => `a${i}=&`)} HTTP/1.1`, 400],
  'a NUL in a parameter': ['GET /v1/broadcasts?limit=%00 HTTP/1.1', 400],
  'a number beyond all numbers': ['GET /v1/broadcasts?limit=99999999999999999999 HTTP/1.1', 400],
  'the star': ['OPTIONS * HTTP/1.1', 404],
  'a method that is none': ['FOO /healthz HTTP/1.1', 405],
  'a method in small letters': ['get /healthz HTTP/1.1', 405],
  'the wrong method': ['DELETE /healthz HTTP/1.1', 405],
};

const brokenJson = {
  'depth without end': '['.repeat(100_000),
  'depth with an end': `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  'a member twice': '{"identifier":"A","identifier":"B"}',
  'a number beyond all numbers': `{"a":1${'0'.repeat(10_000)}}`,
  'half a letter': '{"a":"\xc3"}',
  'half a pair': '{"a":"\\ud800"}',
  'a NUL': '{"a":"\\u0000"}',
  'gzip': '\x1f\x8b\x08\0\0\0\0\0\0\x03\xabV*\xc9\xcc\x03\0',
  'nothing': '',
  'blanks': ' '.repeat(1_000_000),
};

/** Every answer of 400 and more says why in the form of its door. */
function assertRefusals(all, to) {
  for (const a of all.filter((x) => x.status >= 400)) {
    const type = a.headers['content-type'] ?? '';
    if (/^application\/problem\+json/.test(type)) JSON.parse(a.body || '{}');
    else assert.ok(to.page && /^text\/html/.test(type), `${a.status} as ${type}`);
  }
}

for (const tls of ['api', 'pages']) {
  scene(`what is no HTTP is refused, and what is odd is answered (TLS on the ${tls})`, async (it, t) => {
    const { d, ways } = await besieged(it, { tls });
    for (const to of ways) {
      await t.test(`ambiguous, by the ${to.name}`, async () => {
        for (const [name, bytes] of Object.entries(ambiguous)) {
          const got = await exchange(to, bytes + LAST);
          const all = answers(got);
          assertRefusals(all, to);
          assert.ok(all.length <= 1 && all.every((a) => a.status >= 400), `${name}: ${all.map((a) => a.status)}`);
        }
      });
    }
    const [local] = ways;
    await t.test('odd targets', async () => {
      for (const [name, [line, status]] of Object.entries(odd)) {
        const all = answers(await exchange(local, `${line}\r\n${H}\r\n${LAST}`));
        assertRefusals(all, local);
        assert.deepEqual(all.map((a) => a.status), [status, 404], name);
      }
    });
    await t.test('bodies that are no broadcast', async () => {
      for (const [name, body] of Object.entries(brokenJson)) {
        const all = answers(await exchange(local, post(`Content-Length: ${body.length}\r\n`, body) + LAST));
        assertRefusals(all, local);
        assert.equal(all.length, 2, name);
        assert.ok([400, 413, 415, 422].includes(all[0].status), `${name}: ${all[0].status} ${all[0].body}`);
      }
    });
    await t.test('who asks before sending is told to go on', async () => {
      const socket = await local.dial();
      socket.write(post('Content-Length: 2\r\nExpect: 100-continue\r\n', ''));
      await said(socket, /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
      socket.write('{}');
      await said(socket, /^HTTP\/1\.1 422 /);
      socket.destroy();
    });
    await t.test('what follows in the same piece is watched as closely', async () => {
      for (const name of ['NUL in a value', 'no host', 'a version that is none', 'two lengths']) {
        const all = answers(await exchange(local, `${GET}${H}\r\n${ambiguous[name]}${LAST}`));
        assertRefusals(all, local);
        assert.deepEqual(all.map((a) => a.status), [200, 400], name);
      }
    });
    await t.test('requests one after the other are answered in their order', async () => {
      const all = answers(await exchange(local, many(50, (i) => `GET /v1/broadcasts/${i} HTTP/1.1\r\n${H}\r\n${GET}${H}\r\n`) + LAST));
      assert.deepEqual(all.map((a) => a.status), [...Array(50).fill([404, 200]).flat(), 404]);
    });
    assert.equal((await d.api.get('/healthz')).status, 200);
  });
}

/* --- by chance --- */

/** A generator of numbers that are the same for the same seed: mulberry32. */
function chance(seed) {
  let s = seed >>> 0;
  const next = () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let x = Math.imul(s ^ (s >>> 15), s | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, one: (of) => of[below(of.length)], often: (p) => next() < p, bytes: (n) => many(n, () => String.fromCharCode(below(256))) };
}

const targets = ['/healthz', '/v1/broadcasts', '/v1/broadcasts/x', '/v1/preview', '/v1/tokens', '/v1/roster', '/v1/records?after=0',
  '/a/AAAAAAAAAAAAAAAAAAAAAA', '/v1/acknowledgements', '/openapi.json', '*', '/', '', 'http://a/healthz', '/%00', '/v1/matters'];
const fields = ['Host: a', 'Host:', 'Content-Length: 5', 'Content-Length: 0', 'Content-Length: 50', 'Transfer-Encoding: chunked', 'Connection: close',
  'Connection: keep-alive', 'Connection: upgrade', 'Upgrade: h2c', 'Expect: 100-continue', 'Authorization: Bearer lsd_x', 'Authorization: Basic eDp5',
  'Content-Type: application/json', 'Content-Type: application/cap+xml', 'Content-Type: application/x-www-form-urlencoded', 'Content-Encoding: gzip',
  'Accept: text/html', 'X-Forwarded-For: 192.0.2.1', 'Idempotency-Key: k', 'Last-Event-ID: 1', ' folded', 'Range: bytes=0-1', 'Trailer: x'];
const bodies = ['', '{}', '[]', '{"a":', 'a=b&c=%zz', '<alert/>', '5\r\nhello\r\n0\r\n\r\n', '0\r\n\r\n', '\0\0\0', 'fffffff\r\n', '5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n'];

/** A request that is nearly one. */
function nearly(r) {
  const method = r.one(['GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'X', '']);
  const chosen = [...(r.often(0.9) ? ['Host: a'] : []), ...Array.from({ length: r.below(5) }, () => r.one(fields))];
  const end = r.often(0.95) ? '\r\n' : r.one(['\n', '\r', '\n\r', '\0']);
  let text = `${method} ${r.one(targets)} ${r.one(['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.9', 'HTTP/3', ''])}${end}${
    chosen.map((f) => f + end).join('')}${end}${r.one(bodies)}`;
  for (let n = r.often(0.5) ? 0 : 1 + r.below(3); n > 0; n--) {
    const at = r.below(text.length + 1);
    const kind = r.below(4);
    if (kind === 0) text = text.slice(0, at) + r.bytes(1 + r.below(4)) + text.slice(at);
    else if (kind === 1) text = text.slice(0, at) + text.slice(at + 1 + r.below(8));
    else if (kind === 2) text = text.slice(0, at) + text.slice(r.below(text.length + 1));
    else text = text.slice(0, at) + r.one(['\r\n', '\r\n\r\n', ':', ' ', '\t', '\0', '%', ',']) + text.slice(at);
  }
  return r.often(0.2) ? text + nearly(r) : text;
}

for (const tls of ['api', 'pages']) {
  scene(`${REQUESTS} requests made by chance (TLS on the ${tls})`, async (it) => {
    const { d, ways } = await besieged(it, { tls, api: { header_timeout_s: 1, body_timeout_s: 1, idle_timeout_s: 2 } });
    const seen = {};
    let n = 0;
    const caller = async () => {
      for (let i = n++; i < REQUESTS / 2; i = n++) {
        const seed = SEED * 1_000_000 + (tls === 'api' ? 0 : 500_000) + i;
        const to = ways[i % ways.length];
        const bytes = nearly(chance(seed));
        try {
          const all = answers(await exchange(to, bytes + LAST), { head: bytes.includes('HEAD') });
          assertRefusals(all, to);
          for (const a of all) seen[a.status] = (seen[a.status] ?? 0) + 1;
          assert.ok(all.every((a) => a.status < 500 || a.status === 501), `${all.map((a) => a.status)}`);
        } catch (e) {
          throw new Error(`seed ${seed}, by the ${to.name}: ${e.message}\n${JSON.stringify(bytes)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: 40 }, caller));
    it.say('answers by status', () => JSON.stringify(seen));
    assert.ok((seen[200] ?? 0) > 0 && (seen[400] ?? 0) > 0 && (seen[404] ?? 0) > 0, JSON.stringify(seen));
    assert.equal((await d.api.get('/healthz')).status, 200);
  }, { timeout: 60_000 + REQUESTS * 100 });
}

/* --- too many --- */

const rssKiB = (pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

/** Clients as they should be, from an address of their own: what the slowest answer took, and that none failed. */
function goodClients(d, port, ca, token, name) {
  const over = new Api({ host: '127.0.0.1', port, ca, servername: 'localhost', localAddress: '127.0.0.9' }, token);
  const seen = { n: 0, ms: 0, what: '' };
  let on = true;
  let sent = 0;
  const timed = async (what, ask) => {
    const begun = performance.now();
    const r = await ask().catch((e) => { throw new Error(`a good client: ${what}: ${e.message}`); });
    const ms = performance.now() - begun;
    assert.ok(r.status < 300, `a good client: ${what}: ${r.status} ${r.text}`);
    seen.n++;
    if (ms > seen.ms) Object.assign(seen, { ms, what });
  };
  const loop = async (body) => { while (on) await body(); };
  const ended = Promise.all([
    loop(() => timed('readiness over the socket', () => d.api.get('/readyz'))),
    loop(() => timed('reading over TLS', () => over.get('/v1/broadcasts'))),
    loop(() => {
      sent++;
      return timed('a broadcast over TLS', () => over.request('POST', '/v1/broadcasts', broadcast({ identifier: `${name}-${sent}` })));
    }),
  ]);
  let failure;
  ended.catch((e) => { on = false; failure = e; });
  return {
    seen,
    /** So many more good answers. */
    more: async (n) => {
      const from = seen.n;
      await poll(30_000, `${n} good answers`, () => { if (failure) throw failure; return seen.n >= from + n; });
    },
    async stop() { on = false; await ended; return sent; },
  };
}

/** The process that floods; see harness/flood.mjs. */
async function flooder(it, told) {
  const child = fork(join(root, 'tests/system/harness/flood.mjs'), [JSON.stringify(told)]);
  const next = () => within(60_000, 'the flooder answers', new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the flooder ended with ${code}`)));
  }));
  it.defer(() => { child.removeAllListeners('exit'); child.kill(); });
  const { waves } = await next();
  const ask = (message) => { const answer = next(); child.send(message); return answer; };
  return { waves, run: (wave) => ask({ wave }), drop: () => ask({ drop: true }) };
}

scene('floods of every kind delay nobody else, fill nothing, and leave no trace', async (it, t) => {
  const peers = await sink(it);
  const { d, ways, own, ca, port } = await besieged(it, { tls: 'api', smtp: { port: peers.smtp }, api: { header_timeout_s: 4, body_timeout_s: 4 } });
  await importRoster(d, mailboxes(5));
  const { token } = (await d.api.request('POST', '/v1/tokens', { name: 'good', roles: ['publisher', 'viewer'] })).json;
  const { pid } = d.part.child;
  const follower = d.api.follow();
  const good = goodClients(d, port, ca, token, 'BEFORE');
  await good.more(50);
  const sentBefore = await good.stop();
  const before = { kib: rssKiB(pid), fds: descriptors(pid) };
  let peak = before.kib;
  const watch = setInterval(() => { peak = Math.max(peak, rssKiB(pid)); }, 20);
  it.defer(() => clearInterval(watch));
  const told = ways.map(({ name, page, where }, i) => ({ name, page, where, tls: i === 1 }));
  const hostile = await flooder(it, { ways: told, ca: own.ca, token, maxBody: MAX_BODY, maxConnections: MAX_CONNECTIONS });
  const besiegedOnes = goodClients(d, port, ca, token, 'MEANWHILE');
  const mib = () => (peak - before.kib) >> 10;
  for (const wave of hostile.waves) {
    await t.test(wave, async (w) => {
      Object.assign(besiegedOnes.seen, { n: 0, ms: 0 });
      const { counts, open } = await hostile.run(wave);
      await besiegedOnes.more(20);
      await hostile.drop();
      const { n, ms, what } = besiegedOnes.seen;
      w.diagnostic(`${JSON.stringify(counts)}, ${open} still open; ${n} good answers, the slowest ${ms.toFixed(0)} ms (${what}); memory grew by ${mib()} MiB at most so far`);
      assert.ok(ms < SLOWEST_MS, `${what} took ${ms} ms`);
    });
  }
  const sent = sentBefore + await besiegedOnes.stop();
  await follower.until('every broadcast of the good clients', (f) => f.counts['broadcast.accepted'] === sent);
  await poll(30_000, 'the descriptors are given back', () => descriptors(pid) <= before.fds);
  follower.close();
  assert.ok(mib() < MEMORY_MIB, `memory grew by ${mib()} MiB`);
});
