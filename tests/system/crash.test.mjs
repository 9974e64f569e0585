// kill -9 in the middle of a fan-out of 3,000: nothing accepted is lost, and nothing comes twice but what
// was in flight when it happened.
import assert from 'node:assert/strict';
import { assertChain, daemon, importRoster, logLines, restart, send } from './harness/daemon.mjs';
import { broadcast, chicago } from './harness/roster.mjs';
import { scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';

const CONNECTIONS = 10;
const PER_HOST = 8;
const KILLS_AT = [150, 1000, 2200]; // mails that have arrived

/** 1,500 representatives with a mailbox and a webhook each: 3,000 notifications. */
const roster = (http) => chicago(750, (i, mission) => [1, 2].map((k) => ({
  email: `liaison${k}@${mission}.example`,
  webhook: `http://127.0.0.1:${http}/hooks/${mission}/${k}`,
})));

scene('killed three times, it loses nothing and repeats only what was in flight', async (it) => {
  const peers = await sink(it, {
    rules: [{ match: { stage: 'body' }, action: { delay_ms: 15 } }, { match: { path: '/hooks/*' }, action: { delay_ms: 10 } }],
  });
  const conf = {
    smtp: { port: peers.smtp, connections: CONNECTIONS },
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], per_host: PER_HOST },
  };
  let d = await daemon(it, conf);
  const { people } = roster(peers.http);
  await importRoster(d, roster(peers.http));
  const answer = await send(d, broadcast());
  assert.ok(answer.notifications >= 3000);

  const kills = [];
  for (const n of KILLS_AT) {
    const { mails, webhooks } = { mails: n / 2, webhooks: n / 2 };
    await peers.wait({ mails, webhooks });
    const at = Date.now();
    await d.kill();
    const { distinct_mails: m, distinct_webhooks: w } = await peers.ask({ cmd: 'stats' });
    assert.ok(m + w < answer.notifications, `it was in the middle: ${m} mails and ${w} webhooks`);
    const logged = new Set(logLines(d.log).filter((r) => r.event === 'notification.accepted').map((r) => r.endpoint));
    kills.push({ at, logged, arrived: m + w });
    d = await restart(it, d);
  }
  const records = d.api.follow(`broadcast=${answer.id}`);
  await records.accepted(answer.notifications, 90_000);

  const arrivals = new Map(); // endpoint -> [{ at, id }]
  for (const m of peers.mails()) note(arrivals, `mailto:${m.to[0]}`, m.time, m.message_id);
  for (const w of peers.webhooks()) note(arrivals, `http://${w.host}${w.path}`, w.time, w.webhook_id);
  const wanted = people.flatMap((p) => [`mailto:${p.email}`, p.webhook]);
  assert.deepEqual(wanted.filter((e) => !arrivals.has(e)), [], 'everybody got it');
  assert.equal(arrivals.size, answer.notifications);

  const journal = await d.api.records();
  assertChain(journal);
  const accepted = new Map();
  for (const r of journal.filter((x) => x.event === 'notification.accepted')) {
    assert.ok(!accepted.has(r.endpoint), `${r.endpoint} is recorded as accepted twice`);
    accepted.set(r.endpoint, Date.parse(r.time));
  }
  assert.equal(accepted.size, answer.notifications);

  const repeated = [...arrivals].filter(([, list]) => list.length > 1);
  for (const [endpoint, list] of repeated) {
    assert.equal(new Set(list.map((a) => a.id)).size, 1, `${endpoint}: a repetition is known by its id`);
    for (const { at, logged } of kills) {
      const later = list.filter((a) => a.at > at);
      const settled = accepted.get(endpoint) < at || logged.has(endpoint);
      assert.ok(!settled || later.length === 0, `${endpoint} was recorded as accepted and came again`);
    }
  }
  // In flight is what is on a connection, and what has come back and waits for one commit.
  const bound = kills.length * 4 * (CONNECTIONS + PER_HOST);
  assert.ok(repeated.length <= bound, `${repeated.length} came twice, at most ${bound} can have been in flight`);
  console.log(`# killed at ${kills.map((k) => k.arrived).join(', ')} of ${answer.notifications} arrivals; ${repeated.length} came twice`);

  await d.stop();
  const log = logLines(d.log);
  assertChain(log);
  assert.equal(log.length >= journal.length, true, 'the delivery log has caught up');
  assert.deepEqual(log.slice(0, journal.length).map((r) => r.hash), journal.map((r) => r.hash), 'and it is the journal');
  const verdict = await d.ctl('log', 'verify', d.log);
  assert.equal(verdict.code, 0, verdict.stdout + verdict.stderr);
});

function note(arrivals, endpoint, time, id) {
  assert.ok(id, `${endpoint}: the arrival has an id`);
  const list = arrivals.get(endpoint) ?? [];
  list.push({ at: Date.parse(time), id });
  arrivals.set(endpoint, list);
}
