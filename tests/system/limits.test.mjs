// A daemon that has no descriptors or no memory left, and names that are not resolved.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { assertChain, binary, daemon, importRoster, restart, send } from './harness/daemon.mjs';
import { broadcast, chicago, mailboxes } from './harness/roster.mjs';
import { must, poll, run, scene, within } from './harness/scene.mjs';
import { pause } from './harness/seeded.mjs';
import { sink } from './harness/sink.mjs';

const pid = (d) => d.part.child.pid;
const descriptors = (d) => readdirSync(`/proc/${pid(d)}/fd`).map(Number);
const limit = (d, what, n) => must('prlimit', ['--pid', String(pid(d)), `--${what}=${n}:`]);

/** Takes all descriptors that it has not got, once those of earlier callers are closed: the same for ten looks. */
async function leaveNone(d) {
  let [last, same] = ['', 0];
  await poll(10_000, 'its descriptors come to rest', () => {
    const now = descriptors(d).join();
    same = now === last ? same + 1 : 0;
    last = now;
    return same === 10;
  });
  const open = new Set(descriptors(d));
  let free = 0;
  while (open.has(free)) free += 1;
  await limit(d, 'nofile', free); // the next one would have the lowest number that is free
}

/** Processor time so far, in seconds. */
function cpu(d) {
  const fields = readFileSync(`/proc/${pid(d)}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A mailbox and a webhook each. */
const both = (http, n) => chicago(n, (i, m) => [{ email: `liaison1@${m}.example`, webhook: `http://127.0.0.1:${http}/hooks/${m}` }]);

scene('out of descriptors it does not spin, and goes on by itself when there are some', async (it) => {
  const peers = await sink(it);
  const d = await daemon(it, {
    smtp: { port: peers.smtp, connections: 4 },
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'] },
    dispatch: { retry_immediate: '1 1 1 2' },
  });
  await importRoster(d, both(peers.http, 30));
  const first = await send(d, broadcast());
  await peers.wait({ mails: 20 });
  await d.api.follow(`broadcast=${first.id}`).accepted(first.notifications, 30_000);
  const follower = d.api.follow();
  await follower.until('it follows', (f) => f.status === 200 && f.records.length > 0);
  const from = d.part.lines.length;
  await leaveNone(d);
  const callers = Array.from({ length: 20 }, () => d.api.request('POST', '/v1/broadcasts', broadcast()));
  await d.part.line(/api\.cannot_accept/, { from });
  const [begun, used] = [Date.now(), cpu(d)];
  await pause(3000); // the time over which it is measured
  const share = (cpu(d) - used) / ((Date.now() - begun) / 1000);
  const complaints = d.part.lines.slice(from).filter((l) => /api\.cannot_accept/.test(l)).length;
  assert.ok(share < 0.2, `it used ${share} of a processor while it could accept nobody`);
  assert.ok(complaints <= 12, `${complaints} complaints in three seconds`);
  await limit(d, 'nofile', 1024);
  const answers = await Promise.all(callers);
  assert.deepEqual(answers.map((r) => r.status).filter((s) => s !== 201), []);
  for (const r of answers) await d.api.follow(`broadcast=${r.json.id}`).accepted(r.json.notifications, 60_000);
  assertChain(await d.api.records());
  console.log(`# ${(share * 100).toFixed(1)} % of a processor without descriptors, ${complaints} complaints in 3 s`);
});

scene('attempts that find no descriptor are deferred, and made when there is one', async (it) => {
  const peers = await sink(it);
  const d = await daemon(it, {
    smtp: { port: peers.smtp, connections: 4 },
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'] },
    dispatch: { retry_immediate: '1 1 1 2' },
  });
  await importRoster(d, both(peers.http, 10));
  const socket = net.connect(d.api.where.socketPath); // a connection that is there already
  await new Promise((resolve) => socket.on('connect', resolve));
  await leaveNone(d);
  const body = JSON.stringify(broadcast());
  const said = new Promise((resolve) => { let text = ''; socket.on('data', (t) => { text += t; if (/\r\n\r\n/.test(text)) resolve(text); }); });
  socket.write(`POST /v1/broadcasts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  assert.match(await within(10_000, 'the answer', said), /^HTTP\/1\.1 201/);
  await d.part.line(/notification\.deferred/);
  assert.equal(peers.mails().length + peers.webhooks().length, 0, 'there was no way to anybody');
  await limit(d, 'nofile', 1024);
  socket.destroy();
  await peers.wait({ mails: 11, webhooks: 10 });
});

const isSanitized = () => run('ldd', [binary]).then((r) => /asan|tsan/.test(r.stdout));
const MIB = 1024 * 1024;
const size = (d) => Number(/VmSize:\s+(\d+)/.exec(readFileSync(`/proc/${pid(d)}/status`, 'utf8'))[1]) * 1024;

scene('at the end of its memory it refuses or is killed, and loses nothing', async (it, t) => {
  if (await isSanitized()) {
    t.skip('a sanitizer takes all addresses that there are: run it on the release build');
    return;
  }
  const peers = await sink(it);
  let d = await daemon(it, { smtp: { port: peers.smtp } });
  await importRoster(d, mailboxes(20));
  const sent = [await send(d, broadcast())];
  await limit(d, 'as', size(d) + MIB);
  const huge = { missions: { name: 'm', text: 'x'.repeat(30 * MIB) }, representatives: { name: 'r', text: 'y'.repeat(30 * MIB) } };
  const long = () => broadcast({ messages: [{ language: 'en', headline: 'Streets closed', description: 'x'.repeat(16_000) }] });
  const asked = [
    ...Array.from({ length: 4 }, () => d.api.request('POST', '/v1/roster', huge)),
    ...Array.from({ length: 40 }, () => d.api.request('POST', '/v1/broadcasts', long())),
  ];
  const answers = (await Promise.allSettled(asked)).map((a) => a.value);
  sent.push(...answers.filter((a) => a?.status === 201).map((a) => a.json));
  const died = await Promise.race([d.part.ended, pause(500)]);
  if (died === undefined) assert.equal((await d.api.get('/readyz')).status, 200, 'it goes on');
  else d = await restart(it, Object.assign(d, { killed: true })); // as systemd would
  for (const b of sent) await d.api.follow(`broadcast=${b.id}`).accepted(b.notifications, 30_000);
  assertChain(await d.api.records());
  assert.ok(answers.slice(0, 4).every((a) => a?.status !== 200), 'what is too large for it was not taken');
  console.log(`# ${died === undefined ? 'it lived' : `it died (${died}) and was started again`}; `
    + `${sent.length - 1} of 40 broadcasts were taken: none is lost`);
});

const LANGUAGES = ['en', 'es', 'fr', 'de', 'pt', 'ar', 'zh', 'ru'];

/** Broadcasts of 120 KB at a time, twice as many each time, until they were 32 or one was not answered. */
async function crowd(d) {
  const heavy = () => broadcast({
    messages: LANGUAGES.map((language) => ({ language, headline: 'Streets closed', description: 'x'.repeat(15_000) })),
  });
  const answers = [];
  for (let n = 1; n <= 32 && answers.every((a) => a.value); n *= 2) {
    answers.push(...await Promise.allSettled(Array.from({ length: n }, () => d.api.request('POST', '/v1/broadcasts', heavy()))));
  }
  return answers;
}

// A daemon that finds no memory answers 503, or ends: by GLib's SIGTRAP and SIGABRT, and by SIGSEGV where GLib finds
// none to say so and its stack is used up.  Each life has a little more room than the one before.
scene('memory that ends during intake loses no broadcast that was answered', async (it, t) => {
  if (await isSanitized()) {
    t.skip('a sanitizer takes all addresses that there are: run it on the release build');
    return;
  }
  const lives = process.env.LIAISOND_TORTURE ? 120 : 12;
  const peers = await sink(it);
  let d = await daemon(it, { smtp: { port: peers.smtp } });
  await importRoster(d, mailboxes(10));
  const [sent, ends, refused] = [[], {}, {}];
  for (let life = 0; life < lives; life += 1) {
    await limit(d, 'as', size(d) + (life % 12) * 256 * 1024);
    const answers = await crowd(d);
    sent.push(...answers.filter((a) => a.value?.status === 201).map((a) => a.value.json));
    for (const { value } of answers) if (value && value.status !== 201) refused[value.status] = (refused[value.status] ?? 0) + 1;
    d.part.signal('SIGKILL'); // whoever has ended by now, or is about to, has another end
    const end = await d.part.ended;
    ends[end] = (ends[end] ?? 0) + 1;
    d = await restart(it, Object.assign(d, { killed: true })); // as systemd would
  }
  for (const b of sent) await d.api.follow(`broadcast=${b.id}`).accepted(b.notifications, 60_000);
  assertChain(await d.api.records());
  console.log(`# ${lives} lives at the end of their memory: ${JSON.stringify(ends)}; ${sent.length} broadcasts were taken and none is lost; `
    + `refused: ${JSON.stringify(refused)}`);
  assert.deepEqual(Object.keys(refused).filter((s) => s !== '503'), []);
  assert.ok(sent.length > 0 && (ends.SIGKILL ?? 0) < lives, 'its memory never ended');
});

/** With these lines as its /etc/resolv.conf. */
const resolving = (it, lines) => {
  const file = it.file('resolv.conf');
  writeFileSync(file, lines);
  return { files: { '/etc/resolv.conf': file } };
};

for (const [name, hangs] of [['hangs', true], ['is dead', false]]) {
  scene(`a resolver that ${name} delays only what needs it`, async (it) => {
    const address = '127.77.0.1';
    if (hangs) { // it is there, and never says anything
      const silent = dgram.createSocket('udp4');
      await new Promise((resolve) => silent.bind(53, address, resolve));
      it.defer(() => silent.close());
    }
    const peers = await sink(it);
    const d = await daemon(it, {
      smtp: { port: peers.smtp },
      webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], connect_timeout_s: 2 },
      stop_grace_s: 2,
    }, resolving(it, `nameserver ${address}\noptions timeout:30 attempts:5\n`));
    const named = chicago(20, (i, m) => [
      { email: `liaison1@${m}.example`, webhook: `http://hooks${i}.example:${peers.http}/named/${m}` },
      { webhook: `http://127.0.0.1:${peers.http}/literal/${m}` },
    ]);
    await importRoster(d, named);
    const begun = Date.now();
    const answer = await send(d, broadcast());
    await peers.wait({ mails: 21, webhooks: 20, ms: 10_000 });
    const took = Date.now() - begun;
    const asked = Date.now();
    await d.api.read(`/v1/broadcasts/${answer.id}`);
    const answered = Date.now() - asked;
    assert.ok(answered < 1000, `the API took ${answered} ms`);
    await d.api.follow(`broadcast=${answer.id}`).until('those to names are deferred', (f) => f.counts['notification.deferred'] >= 20, 20_000);
    assert.deepEqual(peers.webhooks().filter((w) => !w.path.startsWith('/literal/')), []);
    const stop = Date.now();
    await d.stop(10_000);
    console.log(`# everybody else in ${took} ms, the API in ${answered} ms, the stop in ${Date.now() - stop} ms`);
  });
}
