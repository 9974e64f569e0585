// Webhooks reach no inside address but those that are allowed: however the name or address is written, wherever
// it leads, whoever redirects there and whatever proxy the environment names.  The daemon has a hosts file and a
// name server of its own here, so these scenes need root.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { daemon, importRoster, restart, send } from './harness/daemon.mjs';
import { raw } from './harness/hostile.mjs';
import { broadcast, chicago } from './harness/roster.mjs';
import { scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';

const ALLOWED = '127.0.0.2'; // stands for the outside: the one address that may be reached
const NAMESERVER = '127.9.8.7';
const webhook = { allow_http: true, allow_networks: [`${ALLOWED}/32`], connect_timeout_s: 3, timeout_s: 5 };

const answer = (status) => (s) => s.once('data', () => s.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`));

/** A daemon on urls, each the only endpoint of a representative; sends one broadcast and answers what became of each. */
async function told(it, urls, surroundings = {}) {
  const mails = await sink(it);
  const d = await daemon(it, { smtp: { port: mails.smtp }, webhook, dispatch: { retry_immediate: '1', retry_jitter_pct: 0 } }, surroundings);
  await importRoster(d, chicago(urls.length, (i) => [{ webhook: urls[i - 1] }]));
  return { d, stories: await outcomes(d, urls) };
}

async function outcomes(d, urls) {
  const records = d.api.follow();
  const { id } = await send(d, broadcast());
  const of = (f, url) => f.records.find((r) => r.broadcast === id && r.endpoint === url && r.outcome);
  await records.until('each was tried', (f) => urls.every((u) => of(f, u)), 20_000);
  const stories = urls.map((u) => of(records, u));
  records.close();
  return stories;
}

scene('an inside address is refused however it is written, and the refusal says host, address and key', async (it) => {
  const trap = await raw(it, answer('200 OK'));
  const trap6 = await raw(it, answer('200 OK'), { host: '::1' }).catch(() => trap);
  writeFileSync(it.file('hosts'), '127.0.0.1 localhost inside.example\n10.1.2.3 private.example\n::ffff:127.0.0.1 mapped.example\n');
  const rows = [
    ['127.0.0.1', '127.0.0.1'], ['localhost', '127.0.0.1|::1'], ['inside.example', '127.0.0.1'], ['INSIDE.example', '127.0.0.1'],
    ['2130706433', '127.0.0.1'], ['0x7f000001', '127.0.0.1'], ['0177.0.0.1', '127.0.0.1'], ['0x7f.1', '127.0.0.1'], ['127.1', '127.0.0.1'],
    ['0', '0.0.0.0'], ['[::]', '::'], ['[::1]', '::1', trap6], ['[::ffff:127.0.0.1]', '127.0.0.1'], ['[::ffff:7f00:1]', '127.0.0.1'],
    ['[64:ff9b::7f00:1]', '64:ff9b::7f00:1'], ['mapped.example', '127.0.0.1'], ['private.example', '10.1.2.3'], ['169.254.169.254', '169.254.169.254'],
  ];
  const urls = rows.map(([host, , peer]) => `http://${host}:${(peer ?? trap).port}/hook`);
  const { stories } = await told(it, urls, { files: { '/etc/hosts': it.file('hosts') } });
  rows.forEach(([host, address], i) => {
    assert.equal(stories[i].outcome, 'refused', `${host}: ${stories[i].outcome} ${stories[i].reply}`);
    assert.match(stories[i].reply, new RegExp(`address (::ffff:)?(${address}) is inside and not allowed`), host);
    assert.match(stories[i].reply, /webhook\.allow_networks/);
    const bare = host.replace(/[[\]]/g, '');
    assert.ok(stories[i].reply.startsWith(`host ${bare}: `), stories[i].reply);
  });
  assert.equal(trap.connections + trap6.connections, 0, 'nobody was connected to');
});

scene('neither a redirect nor a proxy of the environment leads inside', async (it) => {
  const trap = await raw(it, answer('200 OK'));
  const moved = await raw(it, answer(`307 Elsewhere\r\nLocation: http://127.0.0.1:${trap.port}/hook`), { host: ALLOWED });
  const fine = await raw(it, answer('204 No Content'), { host: ALLOWED });
  const proxy = `http://127.0.0.1:${trap.port}`;
  const env = { http_proxy: proxy, https_proxy: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, all_proxy: proxy, NO_PROXY: '', no_proxy: '' };
  const { stories } = await told(it, [`http://${ALLOWED}:${moved.port}/a`, `http://${ALLOWED}:${fine.port}/b`], { env });
  assert.deepEqual(stories.map((s) => s.outcome), ['refused', 'accepted']);
  assert.match(stories[0].reply, /307 .*redirects are not followed/);
  assert.equal(trap.connections, 0, 'nobody was connected to');
  assert.ok(moved.connections > 0 && fine.connections > 0);
});

/** Answers every question about NAME.example with what addresses(name) says, and forgets it at once. */
async function nameserver(it, addresses) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (q, from) => {
    let end = 12;
    const labels = [];
    while (q[end] !== 0) { labels.push(q.toString('latin1', end + 1, end + 1 + q[end])); end += q[end] + 1; }
    const ipv4 = q.readUInt16BE(end + 1) === 1;
    const all = ipv4 ? addresses(labels.join('.').toLowerCase()) : [];
    const head = Buffer.from(q.subarray(0, end + 5));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(all.length, 6);
    head.writeUInt32BE(0, 8);
    const rows = all.map((a) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...a.split('.').map(Number)]));
    socket.send(Buffer.concat([head, ...rows]), from.port, from.address);
  });
  await new Promise((resolve, reject) => { socket.once('error', reject); socket.bind(53, NAMESERVER, resolve); });
  it.defer(() => socket.close());
  writeFileSync(it.file('resolv.conf'), `nameserver ${NAMESERVER}\noptions timeout:1 attempts:1\n`);
  writeFileSync(it.file('nsswitch.conf'), 'hosts: files dns\n');
  return { '/etc/resolv.conf': it.file('resolv.conf'), '/etc/nsswitch.conf': it.file('nsswitch.conf') };
}

scene('a name that leads outside at first and inside later gains nothing', async (it) => {
  const port = (await raw(it, answer('204 No Content'), { host: ALLOWED })).port;
  const trap = await raw(it, answer('200 OK'));
  const asked = { 'rebind.example': 0, 'both.example': 0 };
  let outside = true;
  const files = await nameserver(it, (name) => {
    asked[name] += 1;
    if (name === 'both.example') return ['127.0.0.1', ALLOWED];
    return [outside ? ALLOWED : '127.0.0.1'];
  });
  const urls = [`http://rebind.example:${port}/hook`, `http://both.example:${port}/hook`, `http://rebind.example:${trap.port}/hook`];
  const { d, stories } = await told(it, urls.slice(0, 2), { files });
  assert.deepEqual(stories.map((s) => s.outcome), ['accepted', 'accepted'], stories.map((s) => s.reply).join('; '));

  // The daemon keeps a name for minutes, and its connection: a new start has neither.
  outside = false;
  await d.stop();
  const again = await restart(it, d);
  await importRoster(again, chicago(urls.length, (i) => [{ webhook: urls[i - 1] }]));
  const later = await outcomes(again, urls);
  assert.deepEqual(later.map((s) => s.outcome), ['refused', 'accepted', 'refused']);
  for (const s of [later[0], later[2]]) {
    assert.match(s.reply, /^host rebind\.example: address 127\.0\.0\.1 is inside and not allowed, nothing was sent \(webhook\.allow_networks\)$/);
  }
  assert.equal(trap.connections, 0, 'nobody was connected to');
  assert.ok(asked['rebind.example'] >= 2 && asked['both.example'] >= 2, JSON.stringify(asked));
});

scene('any port of an address that is allowed may be tried, and none of one that is not', async (it) => {
  const { stories } = await told(it, [`http://${ALLOWED}:25/hook`, 'http://127.0.0.1:22/hook']);
  assert.equal(stories[0].outcome, 'deferred', 'nobody listens there');
  assert.equal(stories[1].outcome, 'refused');
});
