// TLS on the API and on the public pages, with node, curl and openssl as clients: who gets in, by which
// certificate, what a reload changes, and what is told before a certificate ends.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { configure, daemon, importRoster, restart } from './harness/daemon.mjs';
import { mailboxes } from './harness/roster.mjs';
import { freePort, poll, run, scene, within } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';
import { authority, handshake } from './harness/tls.mjs';

const ctl = process.env.LIAISONCTL ?? 'liaisonctl';
const liaisond = process.env.LIAISOND ?? 'liaisond';

/** curl by name; resolves { code, status, body, stderr }. */
async function curl(port, path, ca, args = []) {
  const { code, stdout, stderr } = await run('curl', ['-sS', '--cacert', ca, '-w', '\n%{http_code}', ...args, `https://localhost:${port}${path}`]);
  const at = stdout.lastIndexOf('\n');
  return { code, status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at), stderr };
}

const shows = (pair) => ['--cert', pair.cert, '--key', pair.key];
const bearer = (token) => ['-H', `Authorization: Bearer ${token}`];

/** A daemon whose API speaks TLS from files that a test may replace. */
async function served(it, { api = {}, ...extra } = {}) {
  const own = await authority(it);
  const port = await freePort();
  const files = { cert: it.file('served.pem'), key: it.file('served.key') };
  const put = (pair) => { copyFileSync(pair.cert, files.cert); copyFileSync(pair.key, files.key); };
  put(own);
  const d = await daemon(it, {
    api: { address: `127.0.0.1:${port}`, tls_certificate_file: files.cert, tls_key_file: files.key, tls_client_ca_file: own.ca, ...api },
    ...extra,
  });
  return { d, own, port, put, files };
}

scene('a certificate is who asks where a grant names it, and a token elsewhere', async (it, t) => {
  const { d, own, port } = await served(it, { api: { grants: [
    { certificate: 'watch.dss.example', roles: ['viewer'] },
    { certificate: 'Operations', roles: ['operator'] },
  ] } });
  await importRoster(d, mailboxes(1));
  const watch = await own.issue('watch', { names: 'DNS:WATCH.dss.example', subject: 'anything' });
  const operations = await own.issue('operations', { names: '', subject: 'operations' });
  const disguised = await own.issue('disguised', { names: 'DNS:nobody.example', subject: 'Operations' });
  const { token } = (await d.api.request('POST', '/v1/tokens', { name: 'scraper', roles: ['viewer'] })).json;
  const get = (args) => curl(port, '/v1/broadcasts', own.ca, args);
  const make = (args) => curl(port, '/v1/tokens', own.ca, [...args, '--json', '{"name":"made","roles":["viewer"]}']);

  await t.test('none: what is open is answered, for the rest a token is asked', async () => {
    assert.equal((await curl(port, '/healthz', own.ca)).status, 200);
    assert.equal((await get([])).status, 401);
    assert.equal((await get(bearer(token))).status, 200);
  });
  await t.test('one that is named has its roles and no others', async () => {
    assert.equal((await get(shows(watch))).status, 200);
    const refused = await make(shows(watch));
    assert.equal(refused.status, 403);
    assert.match(refused.body, /certificate:watch\.dss\.example/);
  });
  await t.test('the journal names it', async () => {
    assert.equal((await make(shows(operations))).status, 201);
    const [record] = (await d.api.records()).filter((r) => r.event === 'token.created').slice(-1);
    assert.equal(record.reply, 'by certificate:Operations');
  });
  await t.test('a common name counts only where there is no other name', async () => {
    const r = await get(shows(disguised));
    assert.equal(r.status, 401);
    assert.match(r.body, /no grant names this certificate/);
    assert.equal((await get([...shows(disguised), ...bearer(token)])).status, 200);
  });
  await t.test('one of another authority, or that has ended, ends the handshake', async () => {
    const stranger = await (await authority(it, 'other')).issue('stranger', { names: 'DNS:watch.dss.example' });
    const ended = await own.issue('ended', { names: 'DNS:watch.dss.example', days: -1 });
    for (const [pair, reason] of [[stranger, /unable to get local issuer certificate|self.signed/], [ended, /certificate has expired/]]) {
      const from = d.part.lines.length;
      const r = await get(shows(pair));
      assert.notEqual(r.code, 0);
      assert.equal(r.status, 0);
      assert.match(await d.part.line(/tls\.refused/, { from }), reason);
    }
  });
  await t.test('wrong tokens are limited, and one that was right gets in all the same', async () => {
    const seen = [];
    for (let i = 0; i < 22; i++) seen.push((await get(bearer(`lsd_guess${i}`))).status);
    assert.deepEqual(seen, [...Array(20).fill(401), 429, 429]);
    assert.equal((await get(bearer(token))).status, 200);
    assert.equal((await get(shows(watch))).status, 200);
  });
});

scene('only TLS 1.2 and later, with forward secrecy, and nothing is resumed', async (it, t) => {
  const { d, own, port } = await served(it);
  const { ca } = own;
  const options = { ca: readFileSync(ca) };
  for (const protocol of ['TLSv1', 'TLSv1.1']) {
    await t.test(`${protocol} is refused`, async () => {
      const { code, stdout, stderr } = await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-cipher', 'ALL:@SECLEVEL=0',
        `-${protocol.toLowerCase().replace('v', '').replace('.', '_')}`]);
      assert.notEqual(code, 0, stdout);
      assert.match(stdout + stderr, /alert protocol version/);
    });
  }
  for (const protocol of ['TLSv1.2', 'TLSv1.3']) {
    await t.test(`${protocol} is spoken`, async () => {
      const seen = await handshake(port, { ...options, minVersion: protocol, maxVersion: protocol });
      assert.equal(seen.protocol, protocol, seen.why);
      assert.match(seen.cipher, /GCM|CHACHA20/);
    });
  }
  await t.test('ciphers without forward secrecy or without authentication of what is sent are refused', async () => {
    for (const ciphers of ['AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384']) {
      assert.equal((await handshake(port, { ...options, ciphers, maxVersion: 'TLSv1.2' })).ok, false, ciphers);
    }
  });
  await t.test('a session is not resumed', async () => {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const { stdout } = await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, version, '-reconnect', '-CAfile', ca]);
      assert.match(stdout, /^New, TLSv1/m);
      assert.doesNotMatch(stdout, /^Reused, /m);
    }
  });
  await t.test('a client cannot renegotiate', async () => {
    const { stdout, stderr } = await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', '-CAfile', ca], { input: 'R\n' });
    assert.match(stdout + stderr, /RENEGOTIATING[\s\S]*(no renegotiation|error)/i);
  });
  await t.test('what is not TLS is closed, and the next caller is served', async () => {
    for (const text of ['GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', '\0'.repeat(600), '\x16\x03\x01\xff\xff']) {
      const socket = net.connect(port, '127.0.0.1', () => socket.end(text));
      let got = '';
      socket.setEncoding('latin1').on('data', (s) => { got += s; }).on('error', () => {});
      await within(15_000, 'the connection ends', new Promise((done) => { socket.on('close', done); }));
      assert.doesNotMatch(got, /HTTP/);
    }
    assert.equal((await curl(port, '/healthz', ca)).status, 200);
  });
  await t.test('the metrics count what was refused', async () => {
    const { text } = await d.api.get('/metrics');
    assert.ok(Number(/^liaisond_tls_refused_total (\d+)$/m.exec(text)[1]) >= 5, text);
    assert.match(text, /^liaisond_certificate_expires_seconds\{of="api"\} \d+$/m);
  });
});

scene('a handshake that is not finished ends in time, as headers do', async (it) => {
  const { port } = await served(it, { api: { header_timeout_s: 1 } });
  const sockets = ['', '\x16\x03\x01\x02\x00\x01'].map((text) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    return new Promise((done) => { socket.on('error', () => {}).on('close', done).resume(); });
  });
  const begun = performance.now();
  await within(10_000, 'both end', Promise.all(sockets));
  assert.ok(performance.now() - begun >= 900, 'not at once');
});

/** One connection that stays, for request after request. */
function keptOpen(it, port, ca) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  it.defer(() => agent.destroy());
  return () => new Promise((resolve, reject) => {
    https.get({ host: '127.0.0.1', servername: 'localhost', port, path: '/healthz', agent, ca: readFileSync(ca) }, (res) => {
      const { serialNumber } = res.socket.getPeerCertificate();
      const reused = res.req.reusedSocket;
      res.resume().on('end', () => resolve({ status: res.statusCode, serialNumber, reused }));
    }).on('error', reject);
  });
}

scene('a reload takes a new certificate, refuses a bad one, and leaves who is connected alone', async (it) => {
  const { d, own, port, put, files } = await served(it);
  const options = { ca: readFileSync(own.ca) };
  const ask = keptOpen(it, port, own.ca);
  const first = await ask();
  const second = await own.issue('second');
  put(second);
  assert.match(await d.reload(), /configuration\.reloaded/);
  const after = await handshake(port, options);
  assert.notEqual(after.serial, first.serialNumber);
  const kept = await ask();
  assert.deepEqual(kept, { ...first, reused: true });

  const bad = {
    'is not the key of the certificate': () => copyFileSync(own.key, files.key),
    'holds no certificate': () => writeFileSync(files.cert, 'nothing\n'),
    'has expired': async () => put(await own.issue('old', { days: -1 })),
  };
  for (const [reason, spoil] of Object.entries(bad)) {
    put(second);
    await spoil();
    const said = await d.reload();
    assert.match(said, /configuration\.refused/);
    assert.ok(said.includes(reason), said);
    assert.equal((await handshake(port, options)).serial, after.serial, reason);
    const { code, stderr } = await run(liaisond, ['-t', '-c', d.file]);
    assert.equal(code, 1);
    assert.ok(stderr.includes(reason), stderr);
  }
  assert.equal((await ask()).reused, true);
});

scene('liaisonctl calls by https, and trusts no certificate but that of the name it calls', async (it) => {
  const { d, own, port, put } = await served(it, { api: { grants: [{ certificate: 'watch.dss.example', roles: ['viewer'] }] } });
  const watch = await own.issue('watch', { names: 'DNS:watch.dss.example' });
  const other = await authority(it, 'other');
  const health = (args, env = {}) => run(ctl, ['--server', `https://localhost:${port}`, ...args, 'roster', 'check'], { env });
  const right = ['--ca-file', own.ca, '--certificate', watch.cert, '--key', watch.key];
  assert.equal((await health(right)).code, 0);
  assert.equal((await health([], { LIAISOND_CA_FILE: own.ca, LIAISOND_CERTIFICATE: watch.cert, LIAISOND_KEY: watch.key })).code, 0);
  assert.match((await health(['--ca-file', other.ca])).stderr, /not to be trusted.*--ca-file/);
  assert.match((await health([])).stderr, /not to be trusted/);
  assert.match((await health(['--ca-file', own.ca, '--certificate', watch.cert])).stderr, /--certificate and --key belong together/);
  assert.match((await health(['--ca-file', '/nonexistent'])).stderr, /--ca-file \/nonexistent: No such file/);
  put(await own.issue('elsewhere', { names: 'DNS:elsewhere.example' }));
  await d.reload();
  assert.match((await health(right)).stderr, /not to be trusted/);
});

scene('the pages speak TLS, and their certificate is compared with the links', async (it) => {
  const own = await authority(it);
  const port = await freePort();
  const pages = { address: `127.0.0.1:${port}`, tls_certificate_file: own.cert, tls_key_file: own.key };
  await daemon(it, { acknowledge: { ...pages, base_url: `https://localhost:${port}` } });
  const page = await curl(port, '/a/AAAAAAAAAAAAAAAAAAAAAA', own.ca);
  assert.equal(page.status, 404);
  assert.match(page.body, /<html/);
  const { file } = configure(it, { acknowledge: { ...pages, base_url: 'https://answer.example' } });
  const { code, stderr } = await run(liaisond, ['-t', '-c', file]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /does not name answer\.example.*\(other-name\)/);
});

scene('the duty desk hears once that a certificate ends, and a start goes on with one that has', async (it) => {
  const peers = await sink(it);
  const { d, own, put, port } = await served(it, { smtp: { port: peers.smtp } });
  const alarms = async (api) => (await api.records()).filter((r) => r.event === 'alarm.certificate').length;
  await poll(30_000, 'the alarm of a certificate of two days', async () => await alarms(d.api) === 1);
  await d.part.line(/tls\.expires_soon key=api\.tls_certificate_file .*served\.pem/);
  put(await own.issue('long', { days: 60 }));
  await d.reload();
  assert.equal((await d.api.read('/readyz')).certificates, 'ok');
  put(await own.issue('week', { days: 6 }));
  await d.reload();
  await poll(30_000, 'the alarm of a certificate of six days', async () => await alarms(d.api) === 2);
  assert.match((await d.ctl('health')).stdout, /api\.tls_certificate_file ends at/);
  await d.reload();
  await d.api.read('/readyz'); // it is written behind what the reload looked for
  assert.equal(await alarms(d.api), 2, 'the same certificate is told of once');
  await d.stop();

  put(await own.issue('ended', { days: -1 }));
  const again = await restart(it, d);
  await again.part.line(/tls\.expired key=api\.tls_certificate_file/);
  await poll(30_000, 'the alarm of one that has ended', async () => await alarms(again.api) === 3);
  assert.match((await again.api.read('/readyz')).certificates, /ended at/);
  assert.notEqual((await curl(port, '/healthz', own.ca)).code, 0);
});
