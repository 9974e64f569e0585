// Webhooks: the daemon posts over TLS to a real nginx, which passes on to a backend of ours.  Every
// delivery is checked with two libraries that have never heard of this daemon.
import assert from 'node:assert/strict';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { daemon, importRoster, send } from './harness/daemon.mjs';
import { backend, nginx } from './harness/nginx.mjs';
import { broadcast, chicago } from './harness/roster.mjs';
import { poll, scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';
import { authority } from './harness/tls.mjs';

/**
 * Backend, nginx and daemon.  hooks({ https, http }) answers a list of webhook URLs, each of which
 * becomes the only endpoint of a representative, in this order: m-0001/1, m-0002/1, …
 */
async function line(it, { handlers, hooks, webhook = {}, extra = {} }) {
  const mails = await sink(it);
  const behind = await backend(it, handlers);
  const tls = await authority(it);
  const front = await nginx(it, { tls, to: behind.port });
  const d = await daemon(it, {
    smtp: { port: mails.smtp },
    webhook: { allow_networks: ['127.0.0.0/8'], ca_file: tls.ca, ...webhook },
    dispatch: { retry_immediate: '0 1 1 2', retry_jitter_pct: 0 },
    ...extra,
  });
  const urls = hooks(front);
  const people = (i) => [].concat(urls[i - 1]).map((u) => (typeof u === 'string' ? { webhook: u } : u));
  await importRoster(d, chicago(urls.length, people));
  return { mails, behind, front, d, urls };
}

const own = (hits) => hits.map((h) => h.headers['webhook-id']);
const storyOf = (records, url) => records.records.filter((r) => r.endpoint === url && r.outcome);

/** Checks one delivery as its receiver would. */
async function assertGenuine(d, base, hit) {
  const endpoint = base + hit.path;
  const { secrets } = await d.api.read(`/v1/webhook-secret?endpoint=${encodeURIComponent(endpoint)}`);
  assert.equal(secrets.length, 1);
  new Webhook(secrets[0]).verify(hit.body, hit.headers); // throws when it does not fit
  assert.throws(() => new Webhook(secrets[0]).verify(hit.body.replace('Streets', 'Strings'), hit.headers));
  const event = HTTP.toEvent({ headers: hit.headers, body: hit.body });
  assert.ok(event instanceof CloudEvent && event.validate());
  assert.equal(event.id, hit.headers['webhook-id'], 'the event is known by the same id');
  assert.equal(event.type, 'gov.dss.liaison.broadcast.alert');
  return event;
}

scene('300 deliveries: standardwebhooks verifies each signature, cloudevents parses each body', async (it) => {
  const { behind, front, d, urls } = await line(it, {
    hooks: ({ https }) => Array.from({ length: 300 }, (_, i) => `https://localhost:${https}/ok/${i + 1}`),
    webhook: { per_host: 16 },
  });
  const records = d.api.follow();
  const sent = broadcast();
  const answer = await send(d, sent);
  await records.accepted(answer.notifications);
  assert.deepEqual(behind.hits.map((h) => h.path).sort(), urls.map((u) => new URL(u).pathname).sort(), 'each exactly once');
  assert.equal(new Set(own(behind.hits)).size, 300);
  for (const hit of behind.hits) {
    const { data } = await assertGenuine(d, `https://localhost:${front.https}`, hit);
    assert.equal(data.broadcast.identifier, sent.identifier);
    assert.equal(data.message.headline, sent.messages[0].headline);
    const n = Number(hit.path.split('/').at(-1));
    assert.deepEqual(data.missions.map((m) => m.id), [`m-${String(n).padStart(4, '0')}`], 'it speaks of its own mission alone');
  }
  records.close();
});

scene('429 with Retry-After: the next try waits at least so long', async (it) => {
  let tries = 0;
  const { behind, d, urls } = await line(it, {
    handlers: { busy: (req, res) => (tries++ === 0 ? res.writeHead(429, { 'retry-after': '3' }).end('slow down') : res.writeHead(204).end()) },
    hooks: ({ https }) => [`https://localhost:${https}/busy/1`],
  });
  const records = d.api.follow();
  const answer = await send(d, broadcast());
  await records.accepted(answer.notifications);
  const [first, second] = behind.of('/busy');
  assert.ok(second.at - first.at >= 3000, `it came back after ${second.at - first.at} ms`);
  assert.deepEqual(own([first]), own([second]), 'the same webhook-id');
  assert.ok(Number(second.headers['webhook-timestamp']) > Number(first.headers['webhook-timestamp']), 'the time of the attempt');
  const story = storyOf(records, urls[0]);
  assert.deepEqual(story.map((r) => r.outcome), ['deferred', 'accepted']);
  assert.match(story[0].reply, /429 .*slow down/);
  records.close();
});

scene('500, then 204: the same webhook-id, a new signature, exactly one acceptance', async (it) => {
  const seen = new Set();
  const { behind, front, d, urls } = await line(it, {
    handlers: { flaky: (req, res) => {
      const again = seen.has(req.url);
      seen.add(req.url);
      res.writeHead(again ? 204 : 500).end();
    } },
    hooks: ({ https }) => Array.from({ length: 10 }, (_, i) => `https://localhost:${https}/flaky/${i}`),
  });
  const records = d.api.follow();
  const answer = await send(d, broadcast());
  await records.accepted(answer.notifications);
  for (const url of urls) {
    const hits = behind.hits.filter((h) => h.path === new URL(url).pathname);
    assert.equal(hits.length, 2);
    assert.deepEqual(own([hits[0]]), own([hits[1]]));
    assert.equal(hits[0].body, hits[1].body);
    for (const hit of hits) await assertGenuine(d, `https://localhost:${front.https}`, hit);
    assert.deepEqual(storyOf(records, url).map((r) => r.outcome), ['deferred', 'accepted']);
  }
  records.close();
});

scene('410: the endpoint is not used again, the mailbox is, and the duty contact is told of who has none', async (it) => {
  const { behind, mails, d, urls } = await line(it, {
    handlers: { gone: (req, res) => res.writeHead(410).end('moved out') },
    hooks: ({ https }) => [
      [{ webhook: `https://localhost:${https}/gone/1`, email: 'liaison1@m-0001.example' }],
      `https://localhost:${https}/gone/2`,
    ],
  });
  const records = d.api.follow();
  const first = await send(d, broadcast());
  await records.until('the obligation is taken over', (f) => f.counts['obligation.escalated'] === 1);
  const [taken] = records.records.filter((r) => r.event === 'obligation.escalated');
  assert.equal(records.records.find((r) => r.event === 'obligation.unreachable').recipient, 'm-0002/1');
  await records.until('the duty contact is told', (f) => f.records.some((r) =>
    r.event === 'notification.accepted' && r.seq > taken.seq && r.recipient === taken.recipient));
  assert.match(storyOf(records, urls[1])[0].reply, /410 .*moved out/);
  assert.equal(behind.of('/gone').length, 2);
  await d.part.line(/endpoint\.gone/);
  await records.until('the mailbox took it', (f) => f.records.some((r) => r.event === 'notification.accepted' && r.recipient === 'm-0001/1'));
  const explained = (await d.api.read(`/v1/broadcasts/${first.id}/explain?mission=m-0001`)).missions[0];
  assert.deepEqual(explained.obligations.filter((o) => o.kind === 'representative').map((o) => o.state), ['reached'], 'by mail');

  const second = await send(d, broadcast());
  await records.until('the second one is done', (f) =>
    f.records.filter((r) => r.broadcast === second.id && r.outcome === 'refused').length === 2);
  assert.equal(behind.of('/gone').length, 2, 'nobody knocked there again');
  await poll(10_000, 'the mailbox has both', () =>
    mails.mails().filter((m) => m.to.includes('liaison1@m-0001.example')).length === 2);
  records.close();
});

scene('a redirect is refused and not followed', async (it) => {
  const { behind, d, urls } = await line(it, { hooks: ({ https }) => [`https://localhost:${https}/moved/1`] });
  const records = d.api.follow();
  await send(d, broadcast());
  await records.until('it is refused', (f) => storyOf(f, urls[0]).length > 0);
  const [story] = storyOf(records, urls[0]);
  assert.equal(story.outcome, 'refused');
  assert.match(story.reply, /302 .*redirects are not followed/);
  assert.equal(behind.hits.length, 0, 'neither the first address nor the second reached the backend');
  records.close();
});

scene('slow and hanging endpoints delay nobody else', async (it) => {
  const waiting = [];
  let hanging = true;
  const { behind, d, urls } = await line(it, {
    handlers: {
      slow: (req, res) => { setTimeout(() => res.writeHead(204).end(), 700); },
      hang: (req, res) => (hanging ? waiting.push(res) : res.writeHead(204).end()),
    },
    hooks: ({ https, http }) => [
      ...Array.from({ length: 40 }, (_, i) => `http://localhost:${http}/hang/${i}`),
      ...Array.from({ length: 4 }, (_, i) => `https://localhost:${https}/slow/${i}`),
      ...Array.from({ length: 200 }, (_, i) => `https://127.0.0.1:${https}/ok/${i}`),
    ],
    webhook: { allow_http: true, timeout_s: 20, slow_after_ms: 300, concurrency: 10 },
  });
  const records = d.api.follow();
  const answer = await send(d, broadcast());
  const healthy = urls.filter((u) => !u.includes('/hang/'));
  await records.until('all healthy ones are done', (f) =>
    f.records.filter((r) => r.outcome === 'accepted' && healthy.includes(r.endpoint)).length === healthy.length);
  assert.equal(records.records.filter((r) => r.endpoint?.includes('/hang/')).length, 0, 'the others hang all the while');
  assert.ok(waiting.length > 0);

  hanging = false;
  waiting.splice(0).forEach((res) => res.destroy());
  await records.until('the proxy has given up', (f) => f.records.some((r) => r.endpoint?.includes('/hang/') && r.outcome));
  const lost = records.records.find((r) => r.endpoint?.includes('/hang/') && r.outcome);
  assert.equal(lost.outcome, 'deferred');
  assert.match(lost.reply, /^502 /, "nginx's own words");
  assert.equal(behind.of('/ok').length, 200);
  await records.accepted(answer.notifications);
  records.close();
});

scene('an endpoint that never answers is given up in time and tried again with the same id', async (it) => {
  let tries = 0;
  const { behind, d, urls } = await line(it, {
    handlers: { hang: (req, res) => { if (tries++ > 0) res.writeHead(204).end(); } },
    hooks: ({ https }) => [`https://localhost:${https}/hang/1`],
    webhook: { timeout_s: 1, connect_timeout_s: 1 },
  });
  const records = d.api.follow();
  const answer = await send(d, broadcast());
  await records.accepted(answer.notifications);
  const story = storyOf(records, urls[0]);
  assert.deepEqual(story.map((r) => r.outcome), ['unknown', 'accepted'], 'it may have arrived the first time');
  assert.match(story[0].reply, /no answer in time/);
  assert.deepEqual(own(behind.hits.slice(0, 1)), own(behind.hits.slice(1)));
  records.close();
});

const refusals = [
  { name: 'an inside address is refused where it is not allowed', webhook: { allow_networks: ['192.0.2.0/24'] }, plain: false,
    reply: /inside and not allowed/, outcome: 'refused' },
  { name: 'plain http is refused where it is not allowed', webhook: {}, plain: true, reply: /plain http is not allowed/, outcome: 'refused' },
  { name: 'a certificate of a stranger is not trusted', webhook: { ca_file: '/etc/ssl/certs/ca-certificates.crt' }, plain: false,
    reply: /certificate/, outcome: 'deferred' },
];

for (const row of refusals) {
  scene(row.name, async (it) => {
    const { behind, d, urls } = await line(it, {
      hooks: ({ https, http }) => [row.plain ? `http://localhost:${http}/in/1` : `https://localhost:${https}/in/1`],
      webhook: row.webhook,
    });
    const records = d.api.follow();
    await send(d, broadcast());
    await records.until('it was tried', (f) => storyOf(f, urls[0]).length > 0);
    const [story] = storyOf(records, urls[0]);
    assert.equal(story.outcome, row.outcome);
    assert.match(story.reply, row.reply);
    assert.equal(behind.hits.length, 0);
    records.close();
  });
}
